-- Long work that operators started: found by age, and by its last sign of life.

local kind = {
  one = 'job', many = 'jobs', fields = { 'state', 'cancel_requested', 'created_at', 'updated_at' },
  places = function(id, row)
    return { age = time(row.created_at) .. id, life = time(row.updated_at) .. id }
  end,
}

-- Everything but whether a stop was asked for, which a report of progress must not undo.
function verbs.put()
  local row = peek(kind, given.id)
  if not row then
    given.change.set.cancel_requested = '0'
  end
  write(kind, given.id, row, given.change)
  return row and row.cancel_requested or '0'
end

function verbs.request_cancel()
  local row = peek(kind, given.id)
  if not row or row.state ~= 'running' then
    return 0
  end
  write(kind, given.id, row, { set = { cancel_requested = '1' }, drop = {} })
  return 1
end

function verbs.range()
  return range(kind)
end

function verbs.forget()
  return erase_through(kind, 'life', '(' .. time(given.before), -1)
end

function verbs.load()
  return load_rows(kind)
end

function verbs.unload()
  unload_rows(kind)
end

return verbs[ARGV[2]]()
