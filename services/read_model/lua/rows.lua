-- KEYS: 4 rows, 5 places, 6 everyone, 7 groups, 8 clocks,
--       9 erased, 10 how often something was removed that may be in files
-- ARGV: 7 partition, 8 clock or '', 9 prefix of the groups' keys,
--       10, 11 packed: for each customer id, stored row or '' if removed, groups one a line,
--       12 channel of changes, 13 ids of the customers,
--       14, 15 packed: for each name that was erased its mark, until when
local removed = false
local changes = unpack_fields(ARGV[10], ARGV[11])
local function each_group(places, command)
  for group in string.gmatch(places, '[^\n]+') do command(group) end
end

for i = 1, #changes, 3 do
  local id, row, places = changes[i], changes[i + 1], changes[i + 2]
  local before = redis.call('HGET', KEYS[5], id) or ''
  if before ~= places then
    each_group(before, function(group)
      redis.call('ZREM', ARGV[9] .. group, id)
      if redis.call('EXISTS', ARGV[9] .. group) == 0 then redis.call('SREM', KEYS[7], group) end
    end)
    each_group(places, function(group)
      redis.call('ZADD', ARGV[9] .. group, 0, id)
      redis.call('SADD', KEYS[7], group)
    end)
  end
  if row == '' then
    removed = true
    redis.call('HDEL', KEYS[4], id)
    redis.call('HDEL', KEYS[5], id)
    redis.call('ZREM', KEYS[6], id)
  elseif places == '' then -- A name that forwards to another row: it is found, and not listed.
    redis.call('HSET', KEYS[4], id, row)
    redis.call('HDEL', KEYS[5], id)
    redis.call('ZREM', KEYS[6], id)
  else
    redis.call('HSET', KEYS[4], id, row)
    if before ~= places then
      redis.call('HSET', KEYS[5], id, places)
      redis.call('ZADD', KEYS[6], 0, id)
    end
  end
end

if ARGV[8] ~= '' then redis.call('HSET', KEYS[8], ARGV[7], ARGV[8]) end
local marks = unpack_fields(ARGV[14], ARGV[15])
if removed or #marks > 0 then redis.call('INCR', KEYS[10]) end
for i = 1, #marks, 2 do redis.call('HSET', KEYS[9], marks[i], marks[i + 1]) end
tell(ARGV[12], ARGV[13])
return done()
