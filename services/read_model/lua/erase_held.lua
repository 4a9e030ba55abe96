-- Removes held triggers of a customer. A second call changes nothing.
-- KEYS: 1 owner, 2 the partition's log, 3 the partition's entries, 4 the partition's groups,
--       5 how often something was removed that files may hold
-- ARGV: 1 token, 2 prefix of the groups' keys, 3 prefix of the customers' keys, then trigger ids
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'owner' end
local names = {
  log = KEYS[2], entries = KEYS[3], groups = KEYS[4], group = ARGV[2], customer = ARGV[3],
}
for i = 4, #ARGV do remove_held(names, ARGV[i]) end
if #ARGV > 3 then redis.call('INCR', KEYS[5]) end
return 'applied'
