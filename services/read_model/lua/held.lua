-- KEYS: 4 the partition's log, 5 the partition's entries, 6 the partition's groups
-- ARGV: 7 prefix of the groups' keys, 8 prefix of the customers' keys, 9 how many are kept,
--       10, 11 packed: for each record trigger id, place, rule and reason, status, customer, JSON
local names = {
  log = KEYS[4], entries = KEYS[5], groups = KEYS[6], group = ARGV[7], customer = ARGV[8],
}
local new = unpack_fields(ARGV[10], ARGV[11])
for i = 1, #new, 6 do
  local id, place, status, customer = new[i], new[i + 1], new[i + 3], new[i + 4]
  local known, is_over = redis.call('HGET', names.entries, id), false
  if known then
    local group
    place, group = parts_of(known)
    is_over = string.match(group, ' released$') or string.match(group, ' dismissed$')
    if not is_over then leave_group(names, place, group, id) end
  elseif status == 'held' then
    redis.call('ZADD', names.log, 0, place .. ' ' .. id)
    redis.call('SADD', names.customer .. customer, id)
  end
  -- What was released or dismissed stays so. A decision on one that was removed is passed over.
  if (known and not is_over) or (not known and status == 'held') then
    local group = new[i + 2] .. ' ' .. status
    local head = place .. ' ' .. group .. ' ' .. customer
    redis.call('HSET', names.entries, id, head .. '\n' .. new[i + 5])
    redis.call('SADD', names.groups, group)
    redis.call('ZADD', names.group .. group, 0, place .. ' ' .. id)
  end
end
local surplus = redis.call('ZCARD', names.log) - tonumber(ARGV[9])
if surplus > 0 then
  for _, member in ipairs(redis.call('ZRANGE', names.log, 0, surplus - 1)) do
    remove_held(names, string.match(member, ' (%S+)$'))
  end
end
return done()
