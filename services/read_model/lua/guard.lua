-- Before every batch: the script changes nothing unless this projector may write, and the read
-- model is exactly where the projector expects it.
-- KEYS: 1 owner, 2 offsets, 3 skipped
-- ARGV: 1 token, 2 lease in ms, 3 role:partition, 4 expected offset or '', 5 next offset, 6 skipped
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'owner' end
if (redis.call('HGET', KEYS[2], ARGV[3]) or '') ~= ARGV[4] then return 'offset' end

local function done()
  if ARGV[6] ~= '0' then redis.call('HINCRBY', KEYS[3], ARGV[3], ARGV[6]) end
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[5])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 'applied'
end

-- Notifies the listeners of `channel` of these names, packed in MessagePack, if there are any.
local function notify(channel, ids)
  if ids ~= '' then redis.call('PUBLISH', channel, ids) end
end

-- Reads what `scripts.pack` wrote.
local function unpack_fields(lengths, blob)
  local fields, at = {}, 1
  for i, length in ipairs(cmsgpack.unpack(lengths)) do
    fields[i] = string.sub(blob, at, at + length - 1)
    at = at + length
  end
  return fields
end

-- Calls a command with all arguments, single ones or pairs: that costs a third of a call for each.
local function call_with_all(command, key, arguments)
  for i = 1, #arguments, 2000 do -- Lua's stack holds 8,000.
    redis.call(command, key, unpack(arguments, i, math.min(i + 1999, #arguments)))
  end
end

-- The list under a name, a new one if there is none.
local function list_of(lists, name)
  local list = lists[name] or {}
  lists[name] = list
  return list
end

local function append(list, first, second)
  list[#list + 1] = first
  list[#list + 1] = second
end
