-- A sealed text is sealed anew: only if it is still the one that was opened.
--
-- given.key is the key behind the prefix; given.field is the field of a hash, empty for a text by itself, or `#`
-- and a number for a part of that text of a list.

local function reseal_part(key, number)
  local text = redis.call('LINDEX', key, number - 1)
  local start, stop = string.find(text or '', given.old, 1, true)
  if not start then
    return 0
  end
  redis.call('LSET', key, number - 1, string.sub(text, 1, start - 1) .. given.new .. string.sub(text, stop + 1))
  return 1
end

function verbs.reseal()
  local key, field = prefix .. given.key, given.field
  if string.sub(field, 1, 1) == '#' then
    return reseal_part(key, tonumber(string.sub(field, 2)))
  end
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
