-- Pictures, clips and sounds: found by age, by owner, by last use and by host; the bytes of a host are summed.

local kind = {
  one = 'asset', many = 'assets', fields = { 'owner', 'kind', 'size', 'created_at', 'last_used_at', 'host' },
  places = function(id, row)
    local made = time(row.created_at) .. id
    return {
      age = made,
      ['owner:' .. row.owner] = made,
      ['kind:' .. row.kind] = made,
      ['kind:' .. row.kind .. ':' .. row.owner] = made,
      ['use:' .. row.host] = time(row.last_used_at) .. id,
      ['host:' .. row.host] = id,
    }
  end,
}

local SIZES = index_key(kind, 'sizes')

function verbs.add()
  if redis.call('EXISTS', row_key(kind, given.id)) == 1 then
    return 0
  end
  write(kind, given.id, nil, given.change)
  redis.call('HINCRBY', SIZES, given.change.set.host, given.change.set.size)
  return 1
end

function verbs.touch()
  local row = peek(kind, given.id)
  if row and tonumber(row.last_used_at) < tonumber(given.now) then
    write(kind, given.id, row, { set = { last_used_at = given.now }, drop = {} })
  end
  return row and 1 or 0
end

function verbs.delete()
  local row = peek(kind, given.id)
  if not row then
    return 0
  end
  if given.unused_since and tonumber(row.last_used_at) > tonumber(given.unused_since) then
    return 0
  end
  erase(kind, given.id, row)
  redis.call('HINCRBY', SIZES, row.host, row.size == '0' and '0' or '-' .. row.size)
  return 1
end

function verbs.range()
  return range(kind)
end

-- Finds rows of an older version in every index. given.ids: {id, ...}.
function verbs.index()
  for _, id in ipairs(given.ids) do
    local row = peek(kind, id)
    if row then
      place(kind, id, nil, row)
    end
  end
end

local function weigh(_, row, sign)
  redis.call('HINCRBY', SIZES, row.host, whole(sign * tonumber(row.size)))
end

function verbs.load()
  return load_rows(kind, weigh)
end

function verbs.unload()
  unload_rows(kind, weigh)
end

return verbs[ARGV[2]]()
