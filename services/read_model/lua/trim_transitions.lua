-- Removes the oldest transitions of a partition that Kafka keeps no longer; returns how many.
-- KEYS: 1 owner, 2 the partition's log
-- ARGV: 1 token, 2 oldest append time in ms, 3 first offset, 4 at most, 5 prefix of the
--       customers' keys
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local removed = 0
for _, entry in ipairs(redis.call('ZRANGE', KEYS[2], 0, tonumber(ARGV[4]) - 1)) do
  local offset, appended, id = string.match(entry, '^(%d+) (%-?%d+) (.*)$')
  if tonumber(appended) >= tonumber(ARGV[2]) and tonumber(offset) >= tonumber(ARGV[3]) then break end
  redis.call('ZREMRANGEBYSCORE', ARGV[5] .. id, offset, offset)
  redis.call('ZREM', KEYS[2], entry)
  removed = removed + 1
end
return removed
