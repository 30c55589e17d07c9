-- Files that clients uploaded: listed by owner and time, with those for one purpose by themselves.

local kind = {
  one = 'file', many = 'files', fields = { 'key_id', 'purpose', 'created_at', 'expires_at', 'deleted_at' },
  places = function(id, row)
    local places, made = {}, time(row.created_at) .. id
    if not row.deleted_at then
      places['owner:' .. row.key_id] = made
      places['purpose:' .. row.key_id .. '/' .. row.purpose] = made
    end
    local ends, deleted = tonumber(row.expires_at), tonumber(row.deleted_at)
    if ends or deleted then
      places.gone = time(math.min(ends or deleted, deleted or ends)) .. id
    end
    return places
  end,
}

function verbs.put()
  if redis.call('EXISTS', row_key(kind, given.id)) == 0 then
    write(kind, given.id, nil, given.change)
  end
end

-- One step of a page: rows that are there, and the place to go on from; what has expired is passed over.
function verbs.page()
  local key, told = index_key(kind, given.index), {}
  local found
  if given.descending then
    found = redis.call('ZREVRANGEBYLEX', key, given.high, given.low, 'LIMIT', 0, given.step)
  else
    found = redis.call('ZRANGEBYLEX', key, given.low, given.high, 'LIMIT', 0, given.step)
  end
  for _, member in ipairs(found) do
    local ends = redis.call('HGET', row_key(kind, id_of(member)), 'expires_at')
    if not ends or tonumber(ends) > tonumber(given.now) then
      told[#told + 1] = whole_row(kind, id_of(member))
      if #told == given.limit then
        return { told, false }
      end
    end
  end
  return { told, #found == given.step and found[#found] or false }
end

function verbs.delete()
  local row = peek(kind, given.id)
  if not row or row.deleted_at then
    return 0
  end
  write(kind, given.id, row, { set = { deleted_at = given.now }, drop = {} })
  return 1
end

function verbs.forget()
  return erase_through(kind, 'gone', '(' .. time(given.before) .. BEYOND, given.limit)
end

function verbs.load()
  return load_rows(kind)
end

function verbs.unload()
  unload_rows(kind)
end

return verbs[ARGV[2]]()
