-- A sealed text is sealed anew: only if it is still the one that was opened.
--
-- given.key is the key behind the prefix, given.field the field of a hash, or empty for a text by itself.

function verbs.reseal()
  local key, field = prefix .. given.key, given.field
  local present = field ~= '' and redis.call('HGET', key, field) or field == '' and redis.call('GET', key)
  if present ~= given.old then
    return 0
  end
  if field ~= '' then
    redis.call('HSET', key, field, given.new)
  else
    redis.call('SET', key, given.new)
  end
  return 1
end

return verbs[ARGV[2]]()
