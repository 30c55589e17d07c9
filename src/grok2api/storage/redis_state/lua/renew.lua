-- A worker lives, holds these leases whatever the limits are, and has given those back.
-- KEYS: the workers; then slots.
-- ARGV: worker, milliseconds to live; then for each slot: how many leases are held, how many were given back,
-- the held ones, those given back.
-- Returns the living workers, and how many places of each slot are taken.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ttl = tonumber(ARGV[2])
local past, ending = string.format('%.0f', now), string.format('%.0f', now + ttl)
redis.call('ZADD', KEYS[1], ending, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', past)
if redis.call('PTTL', KEYS[1]) < ttl then
  redis.call('PEXPIRE', KEYS[1], ttl)
end
local taken, at = {}, 3
for place = 2, #KEYS do
  local slot, held, ended = KEYS[place], tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  at = at + 2
  for number = at, at + held - 1 do
    redis.call('ZADD', slot, ending, ARGV[number])
  end
  at = at + held
  for number = at, at + ended - 1 do
    redis.call('ZREM', slot, ARGV[number])
  end
  at = at + ended
  if held > 0 and redis.call('PTTL', slot) < ttl then
    redis.call('PEXPIRE', slot, ttl)
  end
  redis.call('ZREMRANGEBYSCORE', slot, '-inf', past)
  taken[#taken + 1] = redis.call('ZCARD', slot)
end
return {redis.call('ZRANGE', KEYS[1], 0, -1), taken}
