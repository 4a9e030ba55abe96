-- Says that the projector lives, and notices a read model that was emptied or restored.
-- KEYS: 1 owner, 2 offsets, 3 alive, 4 built, 5 followed
-- ARGV: 1 token, 2 lease in ms, 3 report, 4 life of the report in ms, 5 how many partitions the rows have, '' if not caught up,
--       6 when it last had all that Kafka had or '', then for each partition: role:partition, expected offset or ''
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'owner' end
for i = 7, #ARGV, 2 do
  if (redis.call('HGET', KEYS[2], ARGV[i]) or '') ~= ARGV[i + 1] then return 'offset' end
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
if ARGV[6] ~= '' then redis.call('SET', KEYS[5], ARGV[6]) end
if ARGV[5] ~= '' then redis.call('SET', KEYS[4], ARGV[5]) end
return 'applied'
