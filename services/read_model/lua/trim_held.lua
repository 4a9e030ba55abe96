-- Removes the oldest held triggers of a partition, which Kafka no longer keeps; returns how many.
-- KEYS: 1 owner, 2 the partition's log, 3 the partition's entries, 4 the partition's groups
-- ARGV: 1 token, 2 oldest append time in ms, 3 first offset, 4 at most, 5 prefix of the groups'
--       keys, 6 prefix of the customers' keys
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local names = {
  log = KEYS[2], entries = KEYS[3], groups = KEYS[4], group = ARGV[5], customer = ARGV[6],
}
local removed = 0
for _, member in ipairs(redis.call('ZRANGE', KEYS[2], 0, tonumber(ARGV[4]) - 1)) do
  local appended, offset, id = string.match(member, '^(%d+)%.(%d+) (%S+)$')
  if tonumber(appended) >= tonumber(ARGV[2]) and tonumber(offset) >= tonumber(ARGV[3]) then break end
  remove_held(names, id)
  removed = removed + 1
end
return removed
