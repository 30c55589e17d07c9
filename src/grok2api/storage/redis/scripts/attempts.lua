-- Attempts to sign in. What has expired is as if it were not there, whether Redis has dropped it yet or not.

local key = prefix .. 'attempts:' .. given.id

function verbs.swap()
  local version, ends = unpack(redis.call('HMGET', key, 'version', 'expires_at'))
  local present = 0
  if version and tonumber(ends) > tonumber(given.now) then
    present = tonumber(version)
  end
  if present ~= given.before then
    return 0
  end
  redis.call('DEL', key)
  for name, value in pairs(given.change.set) do
    redis.call('HSET', key, name, value)
  end
  redis.call('PEXPIRE', key, given.lasting)
  return 1
end

return verbs[ARGV[2]]()
