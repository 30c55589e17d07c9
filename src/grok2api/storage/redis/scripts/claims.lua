-- Who may do what alone. A row stays when its claim is let go, because it holds the last fence.

local key = prefix .. 'claim:' .. given.name

-- An end that lies too far ahead was written before the clock went back.
local function holder_now()
  local holder, ends, lifetime = unpack(redis.call('HMGET', key, 'holder', 'until', 'lifetime'))
  if not holder or holder == '' then
    return false
  end
  local now = tonumber(given.now)
  local running = now < tonumber(ends) and tonumber(ends) <= now + tonumber(lifetime) + tonumber(given.slack)
  return running and holder
end

function verbs.acquire()
  local holder = holder_now()
  if holder and holder ~= given.holder then
    return false
  end
  redis.call('HSET', key, 'holder', given.holder, 'until', given.ends, 'lifetime', given.lifetime)
  return redis.call('HINCRBY', key, 'fence', 1)
end

function verbs.renew()
  if not is_held(given) then
    return 0
  end
  redis.call('HSET', key, 'until', given.ends, 'lifetime', given.lifetime)
  return 1
end

function verbs.release()
  if is_held(given) then
    redis.call('HSET', key, 'holder', '', 'until', '0.0')
  end
end

function verbs.holder()
  return holder_now()
end

return verbs[ARGV[2]]()
