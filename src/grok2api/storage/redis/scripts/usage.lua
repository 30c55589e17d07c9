-- The ledger: rows by request id and by time, what they came to by the hour and along one axis, what each
-- credential has served, and traces.

local REQUESTS, CHOSEN = prefix .. 'requests', prefix .. 'requests:chosen'
local SERVED, TRACES = prefix .. 'served', prefix .. 'traces'
local ROLLUPS, SPANS = prefix .. 'rollups', prefix .. 'spans'
local MOST = '9223372036854775807'

-- Redis adds whole numbers of 64 bits; a sum beyond that stays at the greatest one.
local function add(key, field, amount)
  local sum = redis.pcall('HINCRBY', key, field, amount)
  if type(sum) == 'table' and sum.err then
    redis.call('HSET', key, field, MOST)
  end
end

local function serve(row)
  local key = prefix .. 'served:' .. row.credential_id
  redis.call('ZADD', SERVED, 0, row.credential_id)
  redis.call('HSET', key, 'credential_id', row.credential_id)
  add(key, 'requests', '1')
  add(key, 'input_tokens', row.input_tokens)
  add(key, 'output_tokens', row.output_tokens)
  add(key, 'cost_ticks', row.cost_ticks)
  local last = redis.call('HGET', key, 'last_used_at')
  if not last or tonumber(last) < tonumber(row.started_at) then
    redis.call('HSET', key, 'last_used_at', row.started_at)
  end
end

local function sum_up(index, one, sum)
  local key = prefix .. one .. sum.place
  if redis.call('ZADD', index, 0, sum.place) == 1 then
    for name, value in pairs(sum.key) do
      redis.call('HSET', key, name, value)
    end
  end
  for name, amount in pairs(sum.amounts) do
    add(key, name, amount)
  end
end

-- What new rows add to the spans is added up here first: many rows share each of them. A number is exact up to
-- EXACT only, so what would go beyond is kept before.
local EXACT = 9007199254740992
local spans = {}

local function gather(row)
  for _, span in ipairs(row.spans) do
    local held = spans[span.place]
    if not held then
      held = { key = span.key, amounts = {} }
      spans[span.place] = held
    end
    for name, amount in pairs(row.rollup.amounts) do
      local sum = (held.amounts[name] or 0) + tonumber(amount)
      if sum > EXACT then
        add(prefix .. 'span:' .. span.place, name, whole(held.amounts[name] or 0))
        sum = tonumber(amount)
      end
      held.amounts[name] = sum
    end
  end
end

local function keep_spans()
  for member, held in pairs(spans) do
    local amounts = {}
    for name, amount in pairs(held.amounts) do
      amounts[name] = whole(amount)
    end
    sum_up(SPANS, 'span:', { place = member, key = held.key, amounts = amounts })
  end
end

local function append(row)
  if not redis.call('SET', prefix .. 'request:' .. row.id, row.content, 'NX') then
    return
  end
  local member = time(row.started_at) .. row.id
  redis.call('ZADD', REQUESTS, 0, member)
  for _, chosen in ipairs(row.chosen) do
    redis.call('ZADD', CHOSEN, 0, chosen .. '\0' .. member)
  end
  sum_up(ROLLUPS, 'rollup:', row.rollup)
  gather(row)
  if row.credential_id ~= '' then
    serve(row)
  end
end

function verbs.append()
  for _, row in ipairs(given.rows) do
    append(row)
  end
  keep_spans()
  for _, trace in ipairs(given.traces) do
    local member = time(trace.started_at) .. trace.id
    if redis.call('SET', prefix .. 'trace:' .. member, trace.content, 'NX') then
      redis.call('ZADD', TRACES, 0, member)
    end
  end
end

-- The newest row that was kept under an id that a client chose, or under this very id.
function verbs.latest()
  local own = redis.call('GET', prefix .. 'request:' .. given.id)
  local low, high = '[' .. given.id .. '\0', '(' .. given.id .. '\1'
  local member = redis.call('ZREVRANGEBYLEX', CHOSEN, high, low, 'LIMIT', 0, 1)[1]
  local chosen = member and string.sub(member, #given.id + 2 + 16)
  return { own, chosen and redis.call('GET', prefix .. 'request:' .. chosen) or false }
end

function verbs.recent()
  local found = redis.call('ZREVRANGEBYLEX', REQUESTS, given.high, '-', 'LIMIT', 0, given.limit)
  local rows = {}
  for number, member in ipairs(found) do
    rows[number] = redis.call('GET', prefix .. 'request:' .. id_of(member))
  end
  return rows
end

function verbs.forget_traces()
  local found = redis.call('ZRANGEBYLEX', TRACES, '-', '(' .. time(given.before), 'LIMIT', 0, given.limit)
  for _, member in ipairs(found) do
    redis.call('UNLINK', prefix .. 'trace:' .. member)
    redis.call('ZREM', TRACES, member)
  end
  return #found
end

-- For a copy between stores: rows as they are; sums and totals are carried by themselves.
function verbs.load()
  for _, row in ipairs(given.rows) do
    local member = time(row.started_at) .. row.id
    redis.call('SET', prefix .. 'request:' .. row.id, row.content)
    redis.call('ZADD', REQUESTS, 0, member)
    for _, chosen in ipairs(row.chosen) do
      redis.call('ZADD', CHOSEN, 0, chosen .. '\0' .. member)
    end
  end
end

function verbs.unload()
  for _, row in ipairs(given.rows) do
    local member = time(row.started_at) .. row.id
    redis.call('UNLINK', prefix .. 'request:' .. row.id)
    redis.call('ZREM', REQUESTS, member)
    for _, chosen in ipairs(row.chosen) do
      redis.call('ZREM', CHOSEN, chosen .. '\0' .. member)
    end
  end
end

function verbs.unload_traces()
  for _, trace in ipairs(given.traces) do
    local member = time(trace.started_at) .. trace.id
    redis.call('UNLINK', prefix .. 'trace:' .. member)
    redis.call('ZREM', TRACES, member)
  end
end

local SUMS = {
  sum = { index = ROLLUPS, one = prefix .. 'rollup:' },
  span = { index = SPANS, one = prefix .. 'span:' },
  total = { index = SERVED, one = prefix .. 'served:' },
}

function verbs.load_sums()
  local kind = SUMS[given.kind]
  for _, row in ipairs(given.rows) do
    redis.call('UNLINK', kind.one .. row.place)
    redis.call('ZADD', kind.index, 0, row.place)
    for name, value in pairs(row.values) do
      redis.call('HSET', kind.one .. row.place, name, value)
    end
  end
end

function verbs.unload_sums()
  local kind = SUMS[given.kind]
  for _, row in ipairs(given.rows) do
    redis.call('UNLINK', kind.one .. row.place)
    redis.call('ZREM', kind.index, row.place)
  end
end

-- The ids that a client may have chosen are the parts of a row's id before each `#`.
function verbs.forget_rows()
  local found = redis.call('ZRANGEBYLEX', REQUESTS, '-', '(' .. time(given.before), 'LIMIT', 0, given.limit)
  for _, member in ipairs(found) do
    local id = id_of(member)
    local at = string.find(id, '#', 1, true)
    while at do
      redis.call('ZREM', CHOSEN, string.sub(id, 1, at - 1) .. '\0' .. member)
      at = string.find(id, '#', at + 1, true)
    end
    redis.call('UNLINK', prefix .. 'request:' .. id)
    redis.call('ZREM', REQUESTS, member)
  end
  return #found
end

-- given.reaches: {{kind, low, high}, ...}; what lies between the bounds goes, up to given.limit in all.
function verbs.forget_sums()
  local gone = 0
  for _, reach in ipairs(given.reaches) do
    local kind = SUMS[reach[1]]
    local found = redis.call('ZRANGEBYLEX', kind.index, reach[2], reach[3], 'LIMIT', 0, given.limit - gone)
    for _, place in ipairs(found) do
      redis.call('UNLINK', kind.one .. place)
      redis.call('ZREM', kind.index, place)
    end
    gone = gone + #found
    if gone >= given.limit then
      break
    end
  end
  return gone
end

return verbs[ARGV[2]]()
