-- KEYS: 1 owner, 2 alive. ARGV: 1 token
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'owner' end
redis.call('DEL', KEYS[1], KEYS[2])
return 'applied'
