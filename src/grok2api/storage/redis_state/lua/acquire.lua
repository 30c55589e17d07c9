-- Take a place of a slot, unless it is full. A slot is a sorted set of leases by the moment of their end.
-- KEYS: the slot; the mark that somebody was refused.  ARGV: lease, limit, milliseconds to live.
-- Returns whether it was given, and how many places are taken.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ttl = tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local taken = redis.call('ZCARD', KEYS[1])
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not known and taken >= tonumber(ARGV[2]) then
  redis.call('SET', KEYS[2], '1', 'PX', ttl)
  return {0, taken}
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ttl), ARGV[1])
if redis.call('PTTL', KEYS[1]) < ttl then
  redis.call('PEXPIRE', KEYS[1], ttl)
end
return {1, known and taken or taken + 1}
