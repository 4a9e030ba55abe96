-- KEYS: 4 the partition's log
-- ARGV: 7, 8 packed: for each transition key of the customer's transitions, offset, JSON, log entry,
--       9 channel of changes, 10 ids of the customers
local new = unpack_fields(ARGV[7], ARGV[8])
local lists = {}
for i = 1, #new, 4 do
  append(list_of(lists, new[i]), new[i + 1], new[i + 2])
  append(list_of(lists, KEYS[4]), new[i + 1], new[i + 3])
end
for key, transitions in pairs(lists) do call_with_all('ZADD', key, transitions) end
notify(ARGV[9], ARGV[10])
return done()
