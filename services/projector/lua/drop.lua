-- KEYS: 1 owner, then the keys to drop. ARGV: 1 token, 2 lease in ms
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'owner' end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
for i = 2, #KEYS do
  if KEYS[i] ~= KEYS[1] then redis.call('UNLINK', KEYS[i]) end
end
return 'applied'
