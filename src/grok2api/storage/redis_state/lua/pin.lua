-- Return what a name is pinned to: what was there first. Its time begins anew.
-- KEYS: the pin.  ARGV: value, milliseconds to live.
local kept = redis.call('GET', KEYS[1]) or ARGV[1]
redis.call('SET', KEYS[1], kept, 'PX', ARGV[2])
return kept
