-- Money that client keys may spend: a hash for each window, and holds that are settled once.
--
-- Sums are added up by Redis, as whole numbers of 64 bits; a number here is a double, which tells amounts
-- below 2^53 apart: no limit is larger.

local WINDOWS = prefix .. 'budgets:windows'

local kind = {
  one = 'hold', many = 'holds', fields = { 'key_id', 'day', 'month', 'amount', 'until', 'settled' },
  places = function(id, row)
    local ends = time(row['until']) .. id
    local places = { ends = ends }
    if row.amount ~= '0' then
      places.open = ends
      places['open:' .. row.key_id] = ends
    end
    return places
  end,
}

local function window_key(key_id, window)
  return prefix .. 'budget:' .. key_id .. ':' .. window
end

local function sums(key_id, window)
  local spent, reserved = unpack(redis.call('HMGET', window_key(key_id, window), 'spent', 'reserved'))
  return spent or '0', reserved or '0'
end

local function move(key_id, window, spent, reserved)
  redis.call('ZADD', WINDOWS, 0, window .. '\0' .. key_id)
  redis.call('HINCRBY', window_key(key_id, window), 'spent', spent)
  redis.call('HINCRBY', window_key(key_id, window), 'reserved', reserved)
end

local function minus(amount)
  return amount == '0' and '0' or '-' .. amount
end

local function give_back(id, row)
  for _, window in ipairs({ row.month, row.day }) do
    move(row.key_id, window, '0', minus(row.amount))
  end
  write(kind, id, row, { set = { amount = '0' }, drop = {} })
end

local function release(index, limit)
  local found = members(kind, index, '-', '(' .. time(given.now) .. BEYOND, limit)
  for _, member in ipairs(found) do
    give_back(id_of(member), peek(kind, id_of(member)))
  end
  return #found
end

local function full()
  for _, each in ipairs(given.limits) do
    local spent, reserved = sums(given.key_id, each.window)
    local limit = tonumber(each.limit)
    if limit > 0 and tonumber(spent) + tonumber(reserved) >= limit then
      return { each.window, spent, reserved }
    end
  end
  return false
end

function verbs.reserve()
  if peek(kind, given.id) then
    return false
  end
  local found = full()
  if found and release('open:' .. given.key_id, 1000) > 0 then
    found = full()
  end
  if found then
    return found
  end
  for _, each in ipairs(given.limits) do
    move(given.key_id, each.window, '0', given.amount)
  end
  write(kind, given.id, nil, given.change)
  return false
end

local function settle(charge)
  local row = peek(kind, charge.id)
  if row and row.settled == '1' or not row and charge.ticks == '0' then
    return
  end
  local held = row or charge
  for _, window in ipairs({ held.month, held.day }) do
    move(held.key_id, window, charge.ticks, minus(row and row.amount or '0'))
  end
  local change = row and { set = { amount = '0', settled = '1' }, drop = {} } or charge.change
  write(kind, charge.id, row, change)
end

function verbs.settle()
  for _, charge in ipairs(given.charges) do
    settle(charge)
  end
end

function verbs.windows()
  local found = {}
  for _, key_id in ipairs(given.keys) do
    for _, window in ipairs(given.names) do
      if redis.call('EXISTS', window_key(key_id, window)) == 1 then
        local spent, reserved = sums(key_id, window)
        found[#found + 1] = { key_id, window, spent, reserved }
      end
    end
  end
  return found
end

function verbs.sweep()
  local met = release('open', given.limit)
  local old = members(kind, 'ends', '-', '(' .. time(given.kept_since), given.limit)
  for _, member in ipairs(old) do
    erase(kind, id_of(member), peek(kind, id_of(member)))
  end
  for _, member in ipairs(redis.call('ZRANGEBYLEX', WINDOWS, '-', '(' .. given.oldest)) do
    local split = string.find(member, '\0', 1, true)
    redis.call('UNLINK', window_key(string.sub(member, split + 1), string.sub(member, 1, split - 1)))
    redis.call('ZREM', WINDOWS, member)
  end
  return met + #old
end

function verbs.load()
  return load_rows(kind)
end

function verbs.unload()
  unload_rows(kind)
end

function verbs.load_windows()
  for _, each in ipairs(given.windows) do
    redis.call('ZADD', WINDOWS, 0, each.name .. '\0' .. each.key_id)
    redis.call('HSET', window_key(each.key_id, each.name), 'spent', each.spent, 'reserved', each.reserved)
  end
end

function verbs.unload_windows()
  for _, each in ipairs(given.windows) do
    redis.call('ZREM', WINDOWS, each.name .. '\0' .. each.key_id)
    redis.call('UNLINK', window_key(each.key_id, each.name))
  end
end

return verbs[ARGV[2]]()
