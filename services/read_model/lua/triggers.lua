-- KEYS: 4 the partition's log, 5 the partition's bodies, 6 the partition's rules
-- ARGV: 7 channel, 8, 9 packed: for each trigger offset, reference, JSON, rule, key of the rule's
--       triggers, key of the customer's triggers, 10 channel of changes, 11 ids of the customers
local new = unpack_fields(ARGV[8], ARGV[9])
local bodies, rules, lists = {}, {}, {}
for i = 1, #new, 6 do
  local offset, ref = new[i], new[i + 1]
  append(bodies, offset, new[i + 2])
  rules[new[i + 3]] = true
  append(list_of(lists, new[i + 4]), offset, ref)
  append(list_of(lists, new[i + 5]), offset, ref)
  append(list_of(lists, KEYS[4]), offset, ref)
end
call_with_all('HSET', KEYS[5], bodies)
for rule in pairs(rules) do redis.call('SADD', KEYS[6], rule) end
for key, references in pairs(lists) do call_with_all('ZADD', key, references) end
if #new > 0 then redis.call('PUBLISH', ARGV[7], ARGV[3]) end
notify(ARGV[10], ARGV[11])
return done()
