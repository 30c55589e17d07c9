-- What changed after a revision, seen at one moment: ids only, since there may be many.
--
-- Returns the last revision and the server's name for itself, and if something is to be told: whether it is
-- all there is, the ids of credentials, keys and settings in the order of their changes, and tombstones.

local revision = redis.call('GET', prefix .. 'revision') or '0'
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''

local function ids(many, low)
  local found = redis.call('ZRANGEBYLEX', prefix .. many .. ':revisions', low, '+')
  for number, member in ipairs(found) do
    found[number] = id_of(member)
  end
  return found
end

function verbs.since()
  local present, since = tonumber(revision), tonumber(given.revision)
  local restarted = given.server ~= '' and given.server ~= server
  if present == since and not restarted then
    return { revision, server }
  end
  local forgotten = tonumber(redis.call('GET', prefix .. 'forgotten') or '0')
  local reset = restarted or since > present or since < forgotten
  local low = reset and '-' or '(' .. time(given.revision) .. BEYOND
  local gone = {}
  if not reset then
    gone = redis.call('ZRANGEBYSCORE', prefix .. 'tombstones', '(' .. given.revision, '+inf')
  end
  return { revision, server, reset and 1 or 0, ids('credentials', low), ids('keys', low), ids('settings', low), gone }
end

return verbs[ARGV[2]]()
