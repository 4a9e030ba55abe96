-- KEYS: 4 the partition's log, 5 the partition's bodies, 6 the partition's rules
-- ARGV: 7 channel, 8, 9 packed: for each trigger offset, reference, JSON, rule, key of the rule's
--       triggers, key of the customer's triggers, 10 channel of changes, 11 ids of the customers
local new = unpack_fields(ARGV[8], ARGV[9])
for i = 1, #new, 6 do
  local offset, ref = new[i], new[i + 1]
  redis.call('HSET', KEYS[5], offset, new[i + 2])
  redis.call('SADD', KEYS[6], new[i + 3])
  redis.call('ZADD', new[i + 4], offset, ref)
  redis.call('ZADD', new[i + 5], offset, ref)
  redis.call('ZADD', KEYS[4], offset, ref)
end
if #new > 0 then redis.call('PUBLISH', ARGV[7], ARGV[3]) end
tell(ARGV[10], ARGV[11])
return done()
