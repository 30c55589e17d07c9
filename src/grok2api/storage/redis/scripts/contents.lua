-- Words of requests, sealed: found by id, by client key and by their end.

local kind = {
  one = 'content', many = 'contents', fields = { 'key_id', 'expires_at' },
  places = function(id, row)
    return { ends = time(row.expires_at) .. id, ['of:' .. row.key_id] = id }
  end,
}
