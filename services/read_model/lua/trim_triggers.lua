-- Removes the oldest triggers of a partition that Kafka keeps no longer; returns how many.
-- KEYS: 1 owner, 2 the partition's log, 3 the partition's bodies, 4 the
--       partition's rules
-- ARGV: 1 token, 2 oldest append time in ms, 3 first offset, 4 at most, 5 prefix of the rules'
--       keys, 6 prefix of the customers' keys
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local removed = 0
for _, ref in ipairs(redis.call('ZRANGE', KEYS[2], 0, tonumber(ARGV[4]) - 1)) do
  local offset, appended, rule, id = string.match(ref, '^(%d+) (%-?%d+) (%S*) (.*)$')
  if tonumber(appended) >= tonumber(ARGV[2]) and tonumber(offset) >= tonumber(ARGV[3]) then break end
  redis.call('ZREM', ARGV[5] .. rule, ref)
  if redis.call('EXISTS', ARGV[5] .. rule) == 0 then redis.call('SREM', KEYS[4], rule) end
  redis.call('ZREM', ARGV[6] .. id, ref)
  redis.call('HDEL', KEYS[3], offset)
  redis.call('ZREM', KEYS[2], ref)
  removed = removed + 1
end
return removed
