-- The generic cell rate algorithm; storage/rates.py says the same in words.
-- KEYS: the rate.  ARGV: microseconds that this costs, microseconds that may be spent ahead.
-- Returns the moment, the microseconds to wait (0: it was let through), those that are spent ahead, and the
-- receipt: when the line began, and where this ends in it.
-- All of them are whole and below 2^53, so the sums are exact.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local due, began, moved = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+) (%d+)$')
due, began, moved = tonumber(due or 0), tonumber(began or 0), tonumber(moved or 0)
if due <= now then
  due, began, moved = now, now, 0
end
local finish = due + tonumber(ARGV[1])
local wait = finish - tonumber(ARGV[2]) - now
if wait > 0 then
  return {now, wait, due - now, 0, 0}
end
if finish > due then
  local line = string.format('%.0f %.0f %.0f', finish, began, moved)
  redis.call('SET', KEYS[1], line, 'PX', math.ceil((finish - now) / 1000) + 1)
end
return {now, 0, finish - now, began, finish + moved}
