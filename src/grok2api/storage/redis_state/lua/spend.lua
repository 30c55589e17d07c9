-- The generic cell rate algorithm; storage/rates.py says the same in words.
-- KEYS: the rate.  ARGV: microseconds that this costs, microseconds that may be spent ahead.
-- Returns the moment, the microseconds to wait (0: it was let through), and those that are spent ahead.
-- All of them are whole and below 2^53, so the sums are exact.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local due = tonumber(redis.call('GET', KEYS[1]) or 0)
local begin = math.max(due, now)
local finish = begin + tonumber(ARGV[1])
local wait = finish - tonumber(ARGV[2]) - now
if wait > 0 then
  return {now, wait, begin - now}
end
redis.call('SET', KEYS[1], string.format('%.0f', finish), 'PX', math.ceil((finish - now) / 1000) + 1)
return {now, 0, finish - now}
