-- Add to a counter that ends a while after its first addition.
-- KEYS: the counter.  ARGV: amount, milliseconds to live.  Returns the sum.
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return sum
