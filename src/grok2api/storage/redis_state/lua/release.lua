-- Give a place back, and tell whoever was refused.
-- KEYS: the slot; the mark that somebody was refused.  ARGV: lease, channel, name of the slot.
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 and redis.call('DEL', KEYS[2]) == 1 then
  redis.call('PUBLISH', ARGV[2], ARGV[3])
end
return 1
