-- Names with passwords, in a shared variable. What is kept of a password is a
-- hash, from which nobody can read it.

local crypto = require "crypto"

local accounts = {}
local most, day = 100, 24 * 60 * 60  -- this is a manual: see login.lc

-- Adds an account. Returns what its session has to keep; or nil and why there
-- is none.
function accounts.add(name, password)
  -- Hashing takes long, on purpose. It comes first, so that nobody else waits.
  local hash = crypto.hashPassword(password)
  local login = { name = name, id = crypto.token() }
  local problem
  shared.update("manual.accounts", function(all)
    all = all or {}
    local now, count = os.time(), 0
    for n, account in pairs(all) do
      if now - account.used > day then all[n] = nil else count = count + 1 end
    end
    if all[name] then
      problem = "That name is taken."
    elseif count >= most then
      problem = "There are 100 accounts, and no room for more today."
    else
      all[name] = { hash = hash, id = login.id, used = now }
    end
    return all
  end)
  if problem then return nil, problem end
  return login
end

-- Returns what a session has to keep if there is an account of that name and
-- that is its password; or nil.
function accounts.check(name, password)
  local account = shared.get("manual.accounts", {})[name]
  -- Who is unknown has no hash, and waits just as long.
  local hash = account and account.hash
  if not crypto.verifyPassword(password, hash) then return nil end

  -- Hashes of today may be too weak one day. Now that we have the password:
  local better = crypto.needsRehash(hash) and crypto.hashPassword(password)
  shared.update("manual.accounts", function(all)
    local mine = all and all[name]
    if mine and mine.id == account.id then
      mine.used = os.time()
      if better and mine.hash == hash then mine.hash = better end
    end
    return all
  end)
  return { name = name, id = account.id }
end

-- Returns the name of the account that a session is logged in to. Another one
-- may have that name by now: it is the id that tells.
function accounts.user(login)
  local account = login and shared.get("manual.accounts", {})[login.name]
  if account and account.id == login.id then return login.name end
end

return accounts
