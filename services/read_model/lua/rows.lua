-- KEYS: 4 rows, 5 places, 6 everyone, 7 groups, 8 clocks,
--       9 erased, 10 how often something was removed that files may hold
-- ARGV: 7 partition, 8 clock or '', 9 prefix of the groups' keys,
--       10, 11 packed: for each change profile, stored row or '' if removed, groups one a line,
--       12 channel of changes, 13 the profiles,
--       14, 15 packed: for each erased name its tombstone, until when
local changes = unpack_fields(ARGV[10], ARGV[11])
local stored, gone = {}, {} -- rows
local placed, listed, unlisted = {}, {}, {} -- who is in groups, and who is in none
local joined, left = {}, {} -- lists of profiles by group

local function is_in(groups, group)
  return string.find('\n' .. groups .. '\n', '\n' .. group .. '\n', 1, true)
end

for i = 1, #changes, 3 do
  local profile, row, groups = changes[i], changes[i + 1], changes[i + 2]
  local before = redis.call('HGET', KEYS[5], profile) or ''
  if before ~= groups then
    for group in string.gmatch(before, '[^\n]+') do
      if not is_in(groups, group) then append(list_of(left, group), profile) end
    end
    for group in string.gmatch(groups, '[^\n]+') do
      if not is_in(before, group) then append(list_of(joined, group), 0, profile) end
    end
  end
  if row == '' then
    append(gone, profile)
  else
    append(stored, profile, row)
  end
  if groups == '' then -- Removed, or a name that forwards to another row: found, but in no list.
    append(unlisted, profile)
  elseif before ~= groups then
    append(placed, profile, groups)
    append(listed, 0, profile)
  end
end

for group, profiles in pairs(joined) do
  call_with_all('ZADD', ARGV[9] .. group, profiles)
  redis.call('SADD', KEYS[7], group)
end
for group, profiles in pairs(left) do
  call_with_all('ZREM', ARGV[9] .. group, profiles)
  if redis.call('EXISTS', ARGV[9] .. group) == 0 then redis.call('SREM', KEYS[7], group) end
end
call_with_all('HDEL', KEYS[4], gone)
call_with_all('HSET', KEYS[4], stored)
call_with_all('HDEL', KEYS[5], unlisted)
call_with_all('HSET', KEYS[5], placed)
call_with_all('ZREM', KEYS[6], unlisted)
call_with_all('ZADD', KEYS[6], listed)

if ARGV[8] ~= '' then redis.call('HSET', KEYS[8], ARGV[7], ARGV[8]) end
local tombstones = unpack_fields(ARGV[14], ARGV[15])
if #gone > 0 or #tombstones > 0 then redis.call('INCR', KEYS[10]) end
for i = 1, #tombstones, 2 do redis.call('HSET', KEYS[9], tombstones[i], tombstones[i + 1]) end
notify(ARGV[12], ARGV[13])
return done()
