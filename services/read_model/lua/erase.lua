-- Removes what is kept of a customer's history. Called again it does nothing more.
-- KEYS: 1 owner, 2 the customer's transitions, 3 the partition's log of them, 4 the customer's
--       triggers, 5 the partition's log of them, 6 the partition's bodies, 7 the partition's rules,
--       8 how often something was removed that may be in files
-- ARGV: 1 token, 2 prefix of the rules' keys, 3 number of transitions, then their offsets, then
--       the references to triggers
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'owner' end
local moves = tonumber(ARGV[3])
for i = 4, 3 + moves do
  redis.call('ZREMRANGEBYSCORE', KEYS[2], ARGV[i], ARGV[i])
  redis.call('ZREMRANGEBYSCORE', KEYS[3], ARGV[i], ARGV[i])
end
for i = 4 + moves, #ARGV do
  local ref = ARGV[i]
  local offset, rule = string.match(ref, '^(%d+) %-?%d+ (%S*) ')
  redis.call('ZREM', ARGV[2] .. rule, ref)
  if redis.call('EXISTS', ARGV[2] .. rule) == 0 then redis.call('SREM', KEYS[7], rule) end
  redis.call('ZREM', KEYS[4], ref)
  redis.call('HDEL', KEYS[6], offset)
  redis.call('ZREM', KEYS[5], ref)
end
if #ARGV > 3 then redis.call('INCR', KEYS[8]) end
return 'applied'
