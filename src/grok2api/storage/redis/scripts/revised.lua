-- Credentials, client keys, settings and models: whose every change gets the next number of one counter.
--
-- A revision is taken only once it is sure that something changes, and what is gone leaves a tombstone, so
-- that whoever asks for all that came after a revision misses nothing.

local function by_id_and_revision(id, row)
  return { ids = id, revisions = time(row.revision) .. id }
end

local kind = ({
  credential = {
    one = 'credential', many = 'credentials', unique = { 'fingerprint' }, places = by_id_and_revision,
    fields = {
      'revision', 'fingerprint', 'generation', 'cleared_at', 'status', 'reason', 'cooldown_until',
    },
  },
  key = {
    one = 'key', many = 'keys', unique = { 'hash' }, places = by_id_and_revision,
    fields = { 'revision', 'hash' },
  },
  setting = {
    one = 'setting', many = 'settings', unique = {}, places = by_id_and_revision, fields = { 'revision' },
  },
  model = {
    one = 'model', many = 'models', unique = {}, places = by_id_and_revision, fields = { 'revision' },
  },
})[given.kind]

local TOMBSTONES = prefix .. 'tombstones'

local function tombstone(id)
  return given.kind .. ':' .. id
end

local function next_revision()
  return whole(redis.call('INCR', prefix .. 'revision'))
end

local function stamped(change, revision)
  change.set.revision = revision
  return change
end

local function exhume(id)
  redis.call('ZREM', TOMBSTONES, tombstone(id))
end

-- Forget the oldest deletions when there are too many, all of one revision together.
local function trim_tombstones()
  local oldest = redis.call('ZREVRANGE', TOMBSTONES, given.tombstones, given.tombstones, 'WITHSCORES')
  if oldest[2] then
    redis.call('ZREMRANGEBYSCORE', TOMBSTONES, '-inf', oldest[2])
    redis.call('SET', prefix .. 'forgotten', whole(tonumber(oldest[2])))
  end
end

-- given.rows: {{id, change}, ...}. Returns the revision, and for each row whether it is new.
function verbs.add()
  local revision, told = false, {}
  for number, each in ipairs(given.rows) do
    local id, change = each[1], each[2]
    local known = redis.call('EXISTS', row_key(kind, id)) == 1 or clashes(kind, id, change.set)
    told[number] = known and 0 or 1
    if not known then
      revision = revision or next_revision()
      exhume(id)
      write(kind, id, nil, stamped(change, revision))
    end
  end
  return { revision, told }
end

-- Replaces a row, or makes it where given.make says so.
function verbs.put()
  local row = peek(kind, given.id)
  if not row and not given.make then
    return { 'missing' }
  end
  if clashes(kind, given.id, changed(row, given.change)) then
    return { 'conflict' }
  end
  local revision = next_revision()
  exhume(given.id)
  write(kind, given.id, row, stamped(given.change, revision))
  return { 'kept', revision }
end

local function is_same_health(row, set)
  return row.status == set.status and row.reason == set.reason and row.cooldown_until == set.cooldown_until
end

local function is_refused(row)
  if given.generation and row.generation ~= given.generation then
    return true
  end
  local cleared = given.uncleared_since and row.cleared_at
  if cleared and tonumber(cleared) > tonumber(given.uncleared_since) then
    return true
  end
  return clashes(kind, given.id, changed(row, given.change))
end

function verbs.change()
  if given.claim and not is_held(given.claim) then
    return { 'lost' }
  end
  local row = peek(kind, given.id)
  if not row then
    return { 'missing' }
  end
  if given.health and is_same_health(row, given.change.set) then
    return { 'kept', {} }
  end
  if is_refused(row) then
    return { 'conflict' }
  end
  write(kind, given.id, row, stamped(given.change, next_revision()))
  return { 'kept', whole_row(kind, given.id) }
end

-- given.ids name no row twice. Returns how many were there, or -1 if they would share what is unique.
function verbs.change_many()
  local there = {}
  for _, id in ipairs(given.ids) do
    local row = peek(kind, id)
    if row then
      there[#there + 1] = { id, row }
      if clashes(kind, id, changed(row, given.change)) then
        return -1
      end
    end
  end
  for _, name in ipairs(kind.unique) do
    if given.change.set[name] and #there > 1 then
      return -1
    end
  end
  if #there > 0 then
    stamped(given.change, next_revision())
    for _, each in ipairs(there) do
      write(kind, each[1], each[2], given.change)
    end
  end
  return #there
end

function verbs.delete()
  local revision, count = nil, 0
  for _, id in ipairs(given.ids) do
    local row = peek(kind, id)
    if row then
      revision = revision or next_revision()
      erase(kind, id, row)
      redis.call('ZADD', TOMBSTONES, revision, tombstone(id))
      count = count + 1
    end
  end
  if count > 0 then
    trim_tombstones()
  end
  return count
end

function verbs.load()
  return load_rows(kind)
end

function verbs.unload()
  unload_rows(kind)
end

-- Settings only: given.rows are kept, given.ids forgotten, and given.version noted, if its number is the next.
function verbs.apply()
  local versions = prefix .. 'settings:versions'
  if whole(redis.call('LLEN', versions)) ~= given.last then
    return 0
  end
  local revision = next_revision()
  for _, each in ipairs(given.rows) do
    local id, change = each[1], each[2]
    exhume(id)
    write(kind, id, peek(kind, id), stamped(change, revision))
  end
  for _, id in ipairs(given.ids) do
    local row = peek(kind, id)
    if row then
      erase(kind, id, row)
      redis.call('ZADD', TOMBSTONES, revision, tombstone(id))
    end
  end
  trim_tombstones()
  redis.call('RPUSH', versions, given.version)
  return 1
end

return verbs[ARGV[2]]()
