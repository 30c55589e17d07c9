-- Behind `kind`: sealed rows that are found by id, by client key and by their end.

local OWNERS = index_key(kind, 'owners')

local function note_owner(_, row)
  if redis.call('EXISTS', index_key(kind, 'of:' .. row.key_id)) == 0 then
    redis.call('ZREM', OWNERS, row.key_id)
  else
    redis.call('ZADD', OWNERS, 0, row.key_id)
  end
end

local function forget(id)
  local row = peek(kind, id)
  if not row then
    return 0
  end
  erase(kind, id, row)
  note_owner(id, row)
  return 1
end

function verbs.put()
  for _, each in ipairs(given.rows) do
    local id, change = each[1], each[2]
    if redis.call('EXISTS', row_key(kind, id)) == 0 then
      write(kind, id, nil, change)
      redis.call('ZADD', OWNERS, 0, change.set.key_id)
    end
  end
end

function verbs.delete()
  return forget(given.id)
end

function verbs.delete_of()
  local ids = redis.call('ZRANGE', index_key(kind, 'of:' .. given.key_id), 0, given.last)
  for _, id in ipairs(ids) do
    forget(id)
  end
  return #ids
end

function verbs.delete_ended()
  return erase_through(kind, 'ends', '(' .. time(given.now) .. BEYOND, given.limit, forget)
end

function verbs.load()
  return load_rows(kind, note_owner)
end

function verbs.unload()
  unload_rows(kind, note_owner)
end

return verbs[ARGV[2]]()
