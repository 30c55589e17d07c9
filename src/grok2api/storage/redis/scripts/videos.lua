-- Video jobs, held by one worker at a time: no write passes whose fence is not the job's last one.

local OPEN = { submitting = true, running = true, saving = true }

local kind = {
  one = 'video', many = 'videos', unique = { 'idempotency' },
  fields = {
    'key_id', 'state', 'created_at', 'completed_at', 'holder', 'fence', 'held_until', 'forgotten', 'idempotency',
  },
  places = function(id, row)
    local places, made = {}, time(row.created_at) .. id
    if row.forgotten ~= '1' then
      places['owner:' .. row.key_id] = made
    end
    if OPEN[row.state] then
      places.open = made
      places['open:' .. row.key_id] = made
    end
    if row.holder ~= '' then
      places['holder:' .. row.holder] = id
    end
    if row.completed_at then
      places.ends = time(row.completed_at) .. id
    end
    return places
  end,
}

local function held()
  local row = peek(kind, given.id)
  return row and row.holder == given.holder and row.fence == given.fence and row or nil
end

local function set(id, row, fields)
  write(kind, id, row, { set = fields, drop = {} })
end

function verbs.begin()
  if redis.call('EXISTS', row_key(kind, given.id)) == 1 or clashes(kind, given.id, given.change.set) then
    return 0
  end
  write(kind, given.id, nil, given.change)
  return 1
end

function verbs.with_idempotency()
  local id = redis.call('HGET', index_key(kind, 'idempotency'), given.hashed)
  return id and whole_row(kind, id) or {}
end

function verbs.release_idempotency()
  local id = redis.call('HGET', index_key(kind, 'idempotency'), given.hashed)
  local row = id and peek(kind, id)
  if not row or tonumber(row.created_at) >= tonumber(given.before) then
    return 0
  end
  write(kind, id, row, { set = {}, drop = { 'idempotency' } })
  return 1
end

-- Returns the row as kept, or nothing if it is not held any more.
function verbs.change()
  local row = held()
  if not row then
    return {}
  end
  if clashes(kind, given.id, changed(row, given.change)) then
    return false
  end
  write(kind, given.id, row, given.change)
  return whole_row(kind, given.id)
end

function verbs.discard()
  local row = held()
  if row then
    erase(kind, given.id, row)
  end
  return row and 1 or 0
end

-- Few jobs are open at once, so looking at each of them in turn is cheap.
function verbs.claim()
  local now, ahead, told = tonumber(given.now), tonumber(given.ahead), {}
  for _, member in ipairs(redis.call('ZRANGE', index_key(kind, 'open'), 0, -1)) do
    if #told == given.limit then
      break
    end
    local id = id_of(member)
    local row = peek(kind, id)
    local ends = tonumber(row.held_until)
    if ends <= now or ends > ahead then
      set(id, row, { holder = given.holder, held_until = given.ends })
      redis.call('HINCRBY', row_key(kind, id), 'fence', 1)
      told[#told + 1] = whole_row(kind, id)
    end
  end
  return told
end

-- Returns id and fence by turns.
function verbs.renew()
  local told = {}
  for _, id in ipairs(redis.call('ZRANGE', index_key(kind, 'holder:' .. given.holder), 0, -1)) do
    local row = peek(kind, id)
    if OPEN[row.state] then
      set(id, row, { held_until = given.ends })
      told[#told + 1] = id
      told[#told + 1] = row.fence
    end
  end
  return told
end

function verbs.release()
  for _, id in ipairs(redis.call('ZRANGE', index_key(kind, 'holder:' .. given.holder), 0, -1)) do
    set(id, peek(kind, id), { holder = '', held_until = '0.0' })
  end
end

-- Returns the row as it was.
function verbs.forget()
  local row = peek(kind, given.id)
  if not row or row.key_id ~= given.key_id or row.forgotten == '1' then
    return {}
  end
  local was = whole_row(kind, given.id)
  if OPEN[row.state] then
    set(given.id, row, { forgotten = '1' })
  else
    erase(kind, given.id, row)
  end
  return was
end

function verbs.range()
  return range(kind)
end

function verbs.delete_ended()
  return erase_through(kind, 'ends', '(' .. time(given.before), given.limit)
end

function verbs.load()
  return load_rows(kind)
end

function verbs.unload()
  unload_rows(kind)
end

return verbs[ARGV[2]]()
