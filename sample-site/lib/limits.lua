-- Limits how much somebody may have in a time: tries of one address, bytes of
-- all visitors together.

local limits = {}
local mostKeys = 5000

-- Takes an amount of what a key may have: `most` at once, and as much again
-- within so many seconds. Returns nil; or, where it takes nothing because that
-- is too much now, how many seconds to wait.
function limits.take(kind, key, amount, most, seconds)
  local wait
  shared.update("manual." .. kind, function(all)
    all = all or {}
    local now, keys = os.time(), 0
    for k, paid in pairs(all) do     -- when all of it has come back
      if paid <= now then all[k] = nil else keys = keys + 1 end
    end
    -- No room: then all who are new have one key. If somebody's key made
    -- room for theirs, many new ones would set everybody free.
    local mine = (all[key] or keys < mostKeys) and key or "*"
    local paid = math.max(all[mine] or now, now) + amount * seconds / most
    if paid <= now + seconds then
      all[mine] = paid
    else
      wait = math.ceil(paid - now - seconds)
    end
    return all
  end)
  return wait
end

-- Gives back all that a key has taken.
function limits.forget(kind, key)
  shared.update("manual." .. kind, function(all)
    if all then all[key] = nil end
    return all
  end)
end

-- Returns what one customer has of addresses: an IPv4 address, or the first
-- half of an IPv6 address (RFC 6177), since all of the other half is his.
function limits.network(address)
  local v4 = address:match("^::ffff:(%d+%.%d+%.%d+%.%d+)$")
  local _, groups = address:gsub("%x+", "")
  local whole = address:gsub("::", ":" .. ("0:"):rep(8 - groups))
  return v4 or whole:match("%x+:%x+:%x+:%x+") or address
end

return limits
