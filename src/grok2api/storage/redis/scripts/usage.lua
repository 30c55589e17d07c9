-- The ledger: rows by request id and by time, what each credential has served, and traces.

local REQUESTS, CHOSEN = prefix .. 'requests', prefix .. 'requests:chosen'
local SERVED, TRACES = prefix .. 'served', prefix .. 'traces'
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

local function append(row)
  if not redis.call('SET', prefix .. 'request:' .. row.id, row.content, 'NX') then
    return
  end
  local member = time(row.started_at) .. row.id
  redis.call('ZADD', REQUESTS, 0, member)
  for _, chosen in ipairs(row.chosen) do
    redis.call('ZADD', CHOSEN, 0, chosen .. '\0' .. member)
  end
  if row.credential_id ~= '' then
    serve(row)
  end
end

function verbs.append()
  for _, row in ipairs(given.rows) do
    append(row)
  end
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

-- What a row added is taken away again; when its credential was last used stays.
local function unserve(row)
  local key = prefix .. 'served:' .. row.credential_id
  if row.credential_id ~= '' and tonumber(redis.call('HINCRBY', key, 'requests', '-1')) <= 0 then
    redis.call('UNLINK', key)
    redis.call('ZREM', SERVED, row.credential_id)
  elseif row.credential_id ~= '' then
    for _, field in ipairs({ 'input_tokens', 'output_tokens', 'cost_ticks' }) do
      add(key, field, row[field] == '0' and '0' or '-' .. row[field])
    end
  end
end

-- For a copy between stores: given.rows are those that are kept.
function verbs.unload()
  for _, row in ipairs(given.rows) do
    if redis.call('UNLINK', prefix .. 'request:' .. row.id) == 1 then
      local member = time(row.started_at) .. row.id
      redis.call('ZREM', REQUESTS, member)
      for _, chosen in ipairs(row.chosen) do
        redis.call('ZREM', CHOSEN, chosen .. '\0' .. member)
      end
      unserve(row)
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

return verbs[ARGV[2]]()
