-- Sealed conversations: found by id, by client key and by their end.

local kind = {
  one = 'transcript', many = 'transcripts', fields = { 'key_id', 'expires_at' },
  places = function(id, row)
    return { ends = time(row.expires_at) .. id, ['of:' .. row.key_id] = id }
  end,
}
