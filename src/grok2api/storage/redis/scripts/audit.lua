-- The chain of audit entries: a list, in which the entry with sequence n is the n-th; forgotten ones are empty.

-- 1 if the entry is the next one, and so was kept.
function verbs.append()
  if whole(redis.call('LLEN', prefix .. 'audit')) ~= given.last then
    return 0
  end
  redis.call('RPUSH', prefix .. 'audit', given.entry)
  return 1
end

-- How many entries at the beginning were forgotten.
function verbs.forgotten()
  local low, high = 0, redis.call('LLEN', prefix .. 'audit')
  while low < high do
    local middle = math.floor((low + high) / 2)
    if redis.call('LINDEX', prefix .. 'audit', middle) == '' then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- How many entries were forgotten now: at most so many, up to a sequence, never the last.
function verbs.forget()
  local first, last = verbs.forgotten(), redis.call('LLEN', prefix .. 'audit') - 1
  local through = math.min(tonumber(given.through), first + tonumber(given.limit), last)
  for place = first, through - 1 do
    redis.call('LSET', prefix .. 'audit', place, '')
  end
  return math.max(0, through - first)
end

return verbs[ARGV[2]]()
