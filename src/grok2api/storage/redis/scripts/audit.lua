-- The chain of audit entries: a list, in which the entry with sequence n is the n-th.

-- 1 if the entry is the next one, and so was kept.
function verbs.append()
  if whole(redis.call('LLEN', prefix .. 'audit')) ~= given.last then
    return 0
  end
  redis.call('RPUSH', prefix .. 'audit', given.entry)
  return 1
end

return verbs[ARGV[2]]()
