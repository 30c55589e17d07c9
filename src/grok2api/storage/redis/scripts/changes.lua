-- What changed after a revision, seen at one moment: ids only, since there may be many.
--
-- A Redis that was started anew, or has taken another one's place, may have lost its last changes and given
-- their revisions out again. The first who asks it leaves a gap that no lost change reaches over, and marks
-- everything before it as forgotten: so every reader is told everything once.
--
-- Returns the last revision, and if something is to be told: whether it is all there is, the ids of
-- credentials, keys, settings and models in the order of their changes, and tombstones.

local GAP = '4294967296'
local SERVER = prefix .. 'server'

local function notice_another_server()
  local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local known = redis.call('GET', SERVER)
  if not server or known == server then
    return
  end
  local counted = redis.pcall('INCRBY', prefix .. 'revision', known and GAP or '0')
  if type(counted) == 'number' then -- it is refused while Redis is full; the next one who asks tries again
    if known then
      redis.call('SET', prefix .. 'forgotten', whole(counted))
    end
    redis.call('SET', SERVER, server)
  end
end


local function ids(many, low)
  local found = redis.call('ZRANGEBYLEX', prefix .. many .. ':revisions', low, '+')
  for number, member in ipairs(found) do
    found[number] = id_of(member)
  end
  return found
end

function verbs.notice()
  notice_another_server()
end

function verbs.since()
  notice_another_server()
  local revision = redis.call('GET', prefix .. 'revision') or '0'
  local present, since = tonumber(revision), tonumber(given.revision)
  if present == since then
    return { revision }
  end
  local forgotten = tonumber(redis.call('GET', prefix .. 'forgotten') or '0')
  local reset = since > present or since < forgotten
  local low = reset and '-' or '(' .. time(given.revision) .. BEYOND
  local gone = {}
  if not reset then
    gone = redis.call('ZRANGEBYSCORE', prefix .. 'tombstones', '(' .. given.revision, '+inf')
  end
  return {
    revision, reset and 1 or 0,
    ids('credentials', low), ids('keys', low), ids('settings', low), ids('models', low), gone,
  }
end

return verbs[ARGV[2]]()
