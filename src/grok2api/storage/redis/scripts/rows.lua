-- What every script begins with: rows, their places in indexes, and what must be unique among them.
--
-- A script runs alone, so whatever it looks at still holds when it writes. Nothing undoes the writes of a
-- script that fails half-way: each verb checks first and writes then. Exact numbers stay text, because a
-- number here is a double; only times, counts and revisions are computed with.
--
-- ARGV[1] is what every key begins with, ARGV[2] the verb, ARGV[3] its arguments as MessagePack.

local prefix = ARGV[1]
local given = cmsgpack.unpack(ARGV[3])
local verbs = {}

local BEYOND = '\255' -- greater than any byte of a text

-- Times as text whose order is theirs: the bits of a double, as hexadecimal digits.
local function hexadecimal(byte)
  return string.format('%02x', string.byte(byte))
end

local function time(text)
  return (string.gsub(struct.pack('>d', tonumber(text)), '.', hexadecimal))
end

local function whole(number)
  return string.format('%.0f', number)
end

-- A kind of rows is a table:
--   one, many    what the keys of a row and of its indexes begin with
--   fields       the fields that this script looks at; the others may be large, and are never read here
--   unique       names of fields that no two rows may share
--   places       from id and fields to {index = member}: where the row stands
local function row_key(kind, id)
  return prefix .. kind.one .. ':' .. id
end

local function index_key(kind, index)
  return prefix .. kind.many .. ':' .. index
end

local function peek(kind, id)
  local key = row_key(kind, id)
  if redis.call('EXISTS', key) == 0 then
    return nil
  end
  local row = {}
  for number, value in ipairs(redis.call('HMGET', key, unpack(kind.fields))) do
    row[kind.fields[number]] = value or nil
  end
  return row
end

local function whole_row(kind, id)
  return redis.call('HGETALL', row_key(kind, id))
end

-- A change is {set = {field = text}, drop = {field, ...}}.
local function changed(row, change)
  local after = {}
  for name, value in pairs(row or {}) do
    after[name] = value
  end
  for name, value in pairs(change.set) do
    after[name] = value
  end
  for _, name in ipairs(change.drop) do
    after[name] = nil
  end
  return after
end

local function clashes(kind, id, row)
  for _, name in ipairs(kind.unique or {}) do
    local owner = row[name] and redis.call('HGET', index_key(kind, name), row[name])
    if owner and owner ~= id then
      return true
    end
  end
  return false
end

local function place(kind, id, before, after)
  local old = before and kind.places(id, before) or {}
  local new = after and kind.places(id, after) or {}
  for index, member in pairs(old) do
    if new[index] ~= member then
      redis.call('ZREM', index_key(kind, index), member)
    end
  end
  for index, member in pairs(new) do
    if old[index] ~= member then
      redis.call('ZADD', index_key(kind, index), 0, member)
    end
  end
  for _, name in ipairs(kind.unique or {}) do
    local was, is = before and before[name], after and after[name]
    if was and was ~= is then
      redis.call('HDEL', index_key(kind, name), was)
    end
    if is and was ~= is then
      redis.call('HSET', index_key(kind, name), is, id)
    end
  end
end

local function write(kind, id, before, change)
  local pairs_of_set = {}
  for name, value in pairs(change.set) do
    pairs_of_set[#pairs_of_set + 1] = name
    pairs_of_set[#pairs_of_set + 1] = value
  end
  if #pairs_of_set > 0 then
    redis.call('HSET', row_key(kind, id), unpack(pairs_of_set))
  end
  if #change.drop > 0 then
    redis.call('HDEL', row_key(kind, id), unpack(change.drop))
  end
  place(kind, id, before, changed(before, change))
end

local function erase(kind, id, row)
  place(kind, id, row, nil)
  redis.call('UNLINK', row_key(kind, id))
end

-- Members of an index between two bounds, in the notation of ZRANGEBYLEX.
local function members(kind, index, low, high, limit)
  return redis.call('ZRANGEBYLEX', index_key(kind, index), low, high, 'LIMIT', 0, limit)
end

-- The id behind a time in a member of an index.
local function id_of(member)
  return string.sub(member, 17)
end

-- Erases the rows of an index up to a bound, so many at the most, -1 for all; returns how many. `forget`, if given,
-- is told each id, and erases its row with what else goes with it.
local function erase_through(kind, index, high, most, forget)
  local found = members(kind, index, '-', high, most)
  for _, member in ipairs(found) do
    local id = id_of(member)
    if forget then forget(id) else erase(kind, id, peek(kind, id)) end
  end
  return #found
end

-- Whole rows of a range of an index whose members are a time and an id.
local function range(kind)
  local key, found = index_key(kind, given.index), nil
  if given.descending then
    found = redis.call('ZREVRANGEBYLEX', key, given.high, given.low, 'LIMIT', 0, given.limit)
  else
    found = redis.call('ZRANGEBYLEX', key, given.low, given.high, 'LIMIT', 0, given.limit)
  end
  local rows = {}
  for number, member in ipairs(found) do
    rows[number] = whole_row(kind, given.plain and member or id_of(member))
  end
  return rows
end

-- A claim is {name, holder, fence}; whoever holds it is known by both.
local function is_held(claim)
  local holder, fence = unpack(redis.call('HMGET', prefix .. 'claim:' .. claim.name, 'holder', 'fence'))
  return holder == claim.holder and fence == claim.fence
end

-- For a copy between stores. Rows as they are take the place of those with their ids; `note`, if given, is told of
-- each row that goes (-1) and comes (1). Returns 0, having stopped, if a row would share what is unique.
-- given.rows: {{id, change}, ...}.
local function load_rows(kind, note)
  for _, each in ipairs(given.rows) do
    local id, change = each[1], each[2]
    local row = peek(kind, id)
    if clashes(kind, id, change.set) then
      return 0
    end
    if row then
      erase(kind, id, row)
      if note then note(id, row, -1) end
    end
    write(kind, id, nil, change)
    if note then note(id, change.set, 1) end
  end
  return 1
end

-- Deletes rows without a trace. given.ids: {id, ...}.
local function unload_rows(kind, note)
  for _, id in ipairs(given.ids) do
    local row = peek(kind, id)
    if row then
      erase(kind, id, row)
      if note then note(id, row, -1) end
    end
  end
end
