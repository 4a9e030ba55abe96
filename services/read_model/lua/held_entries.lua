-- An entry of a held trigger: `place rule reason status customer`, a line break, and its JSON.

-- The place, the group and the customer of an entry.
local function parts_of(entry)
  return string.match(entry, '^(%S+) (%S+ %S+ %S+) (%S+)\n')
end

-- Takes an entry out of its group.
local function leave_group(names, place, group, id)
  redis.call('ZREM', names.group .. group, place .. ' ' .. id)
  if redis.call('EXISTS', names.group .. group) == 0 then redis.call('SREM', names.groups, group) end
end

-- Removes a held trigger; returns false if there is none.
local function remove_held(names, id)
  local entry = redis.call('HGET', names.entries, id)
  if not entry then return false end
  local place, group, customer = parts_of(entry)
  leave_group(names, place, group, id)
  redis.call('SREM', names.customer .. customer, id)
  redis.call('HDEL', names.entries, id)
  redis.call('ZREM', names.log, place .. ' ' .. id)
  return true
end
