-- Background responses. Only a run that is there and still running is ever written to.

local kind = {
  one = 'run', many = 'runs', fields = { 'state', 'holder', 'frames', 'beat_at', 'ended_at', 'cancel_wished' },
  places = function(id, row)
    local places = { ids = id }
    if row.state == 'running' then
      places['holder:' .. row.holder] = id
      places.beats = time(row.beat_at) .. id
    end
    if row.ended_at then
      places.ends = time(row.ended_at) .. id
    end
    return places
  end,
}

-- Batches of frames lie in one hash by their first number, and in one ordered set that tells their lengths.
local function frames_key(id)
  return prefix .. 'run-frames:' .. id
end

local function batches_key(id)
  return prefix .. 'run-batches:' .. id
end

local function response_key(id)
  return prefix .. 'run-response:' .. id
end

local function keep_frames(id, batch)
  redis.call('HSET', frames_key(id), batch.first, batch.content)
  redis.call('ZADD', batches_key(id), batch.first, batch.first .. '+' .. batch.count)
end

local function behind(batch)
  return whole(tonumber(batch.first) + tonumber(batch.count))
end

local function running(id)
  local row = peek(kind, id)
  return row and row.state == 'running' and row or nil
end

local function set(id, row, fields)
  write(kind, id, row, { set = fields, drop = {} })
end

local function forget(id)
  local row = peek(kind, id)
  if row then
    erase(kind, id, row)
    redis.call('UNLINK', frames_key(id), batches_key(id), response_key(id))
  end
  return row and 1 or 0
end

function verbs.begin()
  if redis.call('EXISTS', row_key(kind, given.id)) == 1 then
    return 0
  end
  given.change.set.frames = given.batch.count
  write(kind, given.id, nil, given.change)
  keep_frames(given.id, given.batch)
  return 1
end

function verbs.append()
  for _, batch in ipairs(given.batches) do
    local row = running(batch.run_id)
    if row and row.frames == batch.first then
      set(batch.run_id, row, { frames = behind(batch), beat_at = given.now })
      keep_frames(batch.run_id, batch)
    end
  end
end

function verbs.set()
  local row = running(given.id)
  if row then
    set(given.id, row, given.fields)
  end
  return row and 1 or 0
end

function verbs.beat()
  for _, id in ipairs(redis.call('ZRANGE', index_key(kind, 'holder:' .. given.holder), 0, -1)) do
    set(id, peek(kind, id), { beat_at = given.now })
  end
end

-- Returns id and wish by turns.
function verbs.running()
  local told = {}
  for _, id in ipairs(redis.call('ZRANGE', index_key(kind, 'holder:' .. given.holder), 0, -1)) do
    told[#told + 1] = id
    told[#told + 1] = peek(kind, id).cancel_wished
  end
  return told
end

function verbs.finish()
  local row, batch = running(given.id), given.batch
  if not row or (batch and batch.first ~= row.frames) then
    return 0
  end
  if given.silent_since and tonumber(row.beat_at) >= tonumber(given.silent_since) then
    return 0
  end
  if batch then
    given.fields.frames = behind(batch)
    keep_frames(given.id, batch)
  end
  set(given.id, row, given.fields)
  redis.call('SET', response_key(given.id), given.response)
  return 1
end

-- Batches follow each other without a gap: the one that holds a frame is the last that begins at or before it.
function verbs.frames_from()
  local key = batches_key(given.id)
  local start = redis.call('ZREVRANGEBYSCORE', key, given.first, '-inf', 'LIMIT', 0, 1)[1]
  if not start then
    return {}
  end
  local first, count = string.match(start, '^(%d+)%+(%d+)$')
  if tonumber(first) + tonumber(count) <= tonumber(given.first) then
    return {}
  end
  local told = {}
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', key, first, '+inf', 'LIMIT', 0, given.limit)) do
    local number, length = string.match(member, '^(%d+)%+(%d+)$')
    told[#told + 1] = { number, length, redis.call('HGET', frames_key(given.id), number) }
  end
  return told
end

function verbs.delete()
  return forget(given.id)
end

function verbs.silent()
  local told = {}
  for number, member in ipairs(members(kind, 'beats', '-', '(' .. time(given.before), -1)) do
    told[number] = id_of(member)
  end
  return told
end

function verbs.forget()
  return erase_through(kind, 'ends', '(' .. time(given.before) .. BEYOND, -1, forget)
end

-- given.responses: {id = sealed text} of those that have one.
function verbs.load()
  local outcome = load_rows(kind)
  for id, response in pairs(given.responses) do
    redis.call('SET', response_key(id), response)
  end
  return outcome
end

function verbs.unload()
  for _, id in ipairs(given.ids) do
    forget(id)
  end
end

-- given.batches take the place of those of their runs that begin where they do.
function verbs.load_frames()
  for _, batch in ipairs(given.batches) do
    redis.call('ZREMRANGEBYSCORE', batches_key(batch.run_id), batch.first, batch.first)
    keep_frames(batch.run_id, batch)
  end
end

function verbs.unload_frames()
  for _, batch in ipairs(given.batches) do
    redis.call('ZREMRANGEBYSCORE', batches_key(batch.run_id), batch.first, batch.first)
    redis.call('HDEL', frames_key(batch.run_id), batch.first)
  end
end

return verbs[ARGV[2]]()
