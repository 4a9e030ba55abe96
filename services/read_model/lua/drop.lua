-- KEYS: 1 owner, 2 how often something was removed that may be in files, then the keys to drop
-- ARGV: 1 token, 2 lease in ms
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'owner' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local dropped = 0
for i = 3, #KEYS do
  if KEYS[i] ~= KEYS[1] then dropped = dropped + redis.call('UNLINK', KEYS[i]) end
end
if dropped > 0 then redis.call('INCR', KEYS[2]) end
return 'applied'
