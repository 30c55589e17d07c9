-- Operators who have signed in, in the order in which their sessions end.

local kind = {
  one = 'session', many = 'sessions', fields = { 'expires_at' },
  places = function(id, row)
    return { ends = time(row.expires_at) .. id }
  end,
}

function verbs.put()
  write(kind, given.id, peek(kind, given.id), given.change)
end

function verbs.touch()
  local row = peek(kind, given.id)
  if row then
    write(kind, given.id, row, given.change)
  end
  return row and 1 or 0
end

function verbs.delete()
  local row = peek(kind, given.id)
  if row then
    erase(kind, given.id, row)
  end
  return row and 1 or 0
end

-- Those that have ended by given.now, or all.
function verbs.delete_ended()
  local high = given.now and '(' .. time(given.now) .. BEYOND or '+'
  return erase_through(kind, 'ends', high, -1)
end

function verbs.load()
  return load_rows(kind)
end

function verbs.unload()
  unload_rows(kind)
end

return verbs[ARGV[2]]()
