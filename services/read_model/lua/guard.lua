-- Before every batch: nothing happens unless this projector may write and the read model is
-- exactly where the projector thinks it is.
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

-- Tells whoever listens on `channel` of these customers, packed in MessagePack, if there are any.
local function tell(channel, ids)
  if ids ~= '' then redis.call('PUBLISH', channel, ids) end
end

-- Undoes `packing.pack`.
local function unpack_fields(lengths, blob)
  local fields, at = {}, 1
  for i, length in ipairs(cmsgpack.unpack(lengths)) do
    fields[i] = string.sub(blob, at, at + length - 1)
    at = at + length
  end
  return fields
end
