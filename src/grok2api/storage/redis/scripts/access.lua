-- Who may use the admin API: accounts, tokens, and answers that are kept for a while.

local function by_id(id)
  return { ids = id }
end

local kind = ({
  operator = {
    one = 'operator', many = 'operators', unique = { 'mark', 'identity' }, places = by_id,
    fields = { 'mark', 'identity' },
  },
  ['second-factor'] = { one = 'second-factor', many = 'second-factors', places = by_id, fields = { 'id' } },
  token = { one = 'token', many = 'tokens', unique = { 'hash' }, places = by_id, fields = { 'hash' } },
  answer = {
    one = 'answer', many = 'answers', fields = { 'expires_at' },
    places = function(id, row)
      return { ends = time(row.expires_at) .. id }
    end,
  },
})[given.kind]

-- 1 if the row is new.
function verbs.add()
  if redis.call('EXISTS', row_key(kind, given.id)) == 1 or clashes(kind, given.id, given.change.set) then
    return 0
  end
  write(kind, given.id, nil, given.change)
  return 1
end

function verbs.put()
  local row = peek(kind, given.id)
  if not row then
    return 'missing'
  end
  if clashes(kind, given.id, changed(row, given.change)) then
    return 'conflict'
  end
  write(kind, given.id, row, given.change)
  return 'kept'
end

function verbs.delete()
  local row = peek(kind, given.id)
  if row then
    erase(kind, given.id, row)
  end
  return row and 1 or 0
end

-- The whole row of what is unique.
function verbs.unique()
  local id = redis.call('HGET', index_key(kind, given.name), given.value)
  return id and whole_row(kind, id) or {}
end

-- The whole row that is in the place of the new one; nothing if the new one was kept.
function verbs.begin()
  local row = peek(kind, given.id)
  if row and tonumber(row.expires_at) <= tonumber(given.now) then
    erase(kind, given.id, row)
    row = nil
  end
  if row then
    return whole_row(kind, given.id)
  end
  write(kind, given.id, nil, given.change)
  return {}
end

function verbs.delete_ended()
  return erase_through(kind, 'ends', '(' .. time(given.now) .. BEYOND, -1)
end

function verbs.load()
  return load_rows(kind)
end

function verbs.unload()
  unload_rows(kind)
end

return verbs[ARGV[2]]()
