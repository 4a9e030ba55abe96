-- KEYS: 4 rows, 5 places, 6 everyone, 7 groups, 8 clocks,
--       9 erased, 10 how often something was removed that files may hold
-- ARGV: 7 partition, 8 clock or '', 9 prefix of the groups' keys,
--       10, 11 packed: for each change profile, stored row or '' if removed, groups one a line,
--       12 channel of changes, 13 the profiles,
--       14, 15 packed: for each erased name its tombstone, until when
local removed = false
local changes = unpack_fields(ARGV[10], ARGV[11])
local function each_group(groups, command)
  for group in string.gmatch(groups, '[^\n]+') do command(group) end
end

for i = 1, #changes, 3 do
  local profile, row, groups = changes[i], changes[i + 1], changes[i + 2]
  local before = redis.call('HGET', KEYS[5], profile) or ''
  if before ~= groups then
    each_group(before, function(group)
      redis.call('ZREM', ARGV[9] .. group, profile)
      if redis.call('EXISTS', ARGV[9] .. group) == 0 then redis.call('SREM', KEYS[7], group) end
    end)
    each_group(groups, function(group)
      redis.call('ZADD', ARGV[9] .. group, 0, profile)
      redis.call('SADD', KEYS[7], group)
    end)
  end
  if row == '' then
    removed = true
    redis.call('HDEL', KEYS[4], profile)
    redis.call('HDEL', KEYS[5], profile)
    redis.call('ZREM', KEYS[6], profile)
  elseif groups == '' then -- A name that forwards to another row: found, but in no list.
    redis.call('HSET', KEYS[4], profile, row)
    redis.call('HDEL', KEYS[5], profile)
    redis.call('ZREM', KEYS[6], profile)
  else
    redis.call('HSET', KEYS[4], profile, row)
    if before ~= groups then
      redis.call('HSET', KEYS[5], profile, groups)
      redis.call('ZADD', KEYS[6], 0, profile)
    end
  end
end

if ARGV[8] ~= '' then redis.call('HSET', KEYS[8], ARGV[7], ARGV[8]) end
local tombstones = unpack_fields(ARGV[14], ARGV[15])
if removed or #tombstones > 0 then redis.call('INCR', KEYS[10]) end
for i = 1, #tombstones, 2 do redis.call('HSET', KEYS[9], tombstones[i], tombstones[i + 1]) end
notify(ARGV[12], ARGV[13])
return done()
