-- Put right what was spent of a rate; storage/rates.py says the same in words.
-- KEYS: the rate.  ARGV: microseconds that it was too little (below zero: too much), and the receipt: when the
-- line began, and where the spending ends in it.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local due, began, moved = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+) (%d+)$')
due, began, moved = tonumber(due or 0), tonumber(began or 0), tonumber(moved or 0)
if due <= now then
  due, began, moved = now, now, 0
end
local more = tonumber(ARGV[1])
if more < 0 then
  local back = 0
  if began == tonumber(ARGV[2]) then
    back = math.max(0, math.min(-more, tonumber(ARGV[3]) - moved - now))
  end
  due, moved = due - back, moved + back
else
  due = due + more
end
if due > now then
  local line = string.format('%.0f %.0f %.0f', due, began, moved)
  redis.call('SET', KEYS[1], line, 'PX', math.ceil((due - now) / 1000) + 1)
else
  redis.call('DEL', KEYS[1])
end
return 1
