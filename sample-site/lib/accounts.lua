-- Names with passwords, in a shared variable. What is kept of a password is a
-- hash, from which nobody can read it.

local crypto = require "crypto"
local time = require "time"

local accounts = {}
local most = 100                     -- this is a manual: the idlest one goes

-- Adds an account. Returns false if there is one of that name.
function accounts.add(name, password)
  -- Hashing takes long, on purpose. It comes first, so that nobody else waits.
  local hash = crypto.hashPassword(password)
  local added = false
  shared.update("manual.accounts", function(all)
    all = all or {}
    if all[name] then return all end
    local count, idlest = 0, nil
    for n, account in pairs(all) do
      count = count + 1
      if not idlest or account.used < all[idlest].used then idlest = n end
    end
    if count >= most then all[idlest] = nil end
    all[name] = { hash = hash, used = time.now() }
    added = true
    return all
  end)
  return added
end

-- Returns whether there is an account of that name, and that is its password.
function accounts.check(name, password)
  local account = shared.get("manual.accounts", {})[name]
  -- Who is unknown has no hash, and waits just as long.
  local hash = account and account.hash
  if not crypto.verifyPassword(password, hash) then return false end

  -- Hashes of today may be too weak one day. Now that we have the password:
  local better = crypto.needsRehash(hash) and crypto.hashPassword(password)
  shared.update("manual.accounts", function(all)
    local mine = all and all[name]
    if mine then
      mine.used = time.now()
      if better and mine.hash == hash then mine.hash = better end
    end
    return all
  end)
  return true
end

return accounts
