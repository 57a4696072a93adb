-- Alpha Five's session and server variables (FEATURES.md, A1 to A9, A11 to A14).
--
-- Switch it on with  require "compat.alphafive"  at the top of a page, or for
-- all pages with a file that says so, named by the setting LCGI_PREPEND.
--
--   session.x = value      a variable of the visitor's session
--   session.SessionID      session.Timestamp (of this request)
--   session.session_folder the full path of the session's private folder
--   session.session_url    behind it, the name of a file there makes its URL
--   session.RESET()        ends the session
--   server.x = value       a variable that all sessions share
--   server.RESET()         deletes all of them
--   a5_default_path        the folder of the page
--
-- Names may be written in any case, as in Xbasic: SESSION.Greeting is
-- session.greeting. Every visitor gets a session with the first request, and it
-- is tracked by a cookie or, where cookies are off, by links.
--
-- What the control panel sets are globals here, set before the require:
--   a5_session_lifetime = 30     minutes
--   a5_session_cookies = false   links only
-- How many sessions there may be is set by LCGI_SESSION_MAX.
--
-- What differs from Alpha Five:
--   * session is no longer the table of LCGI, but its functions (start, get,
--     count, sweep) are found in it where no variable has their name.
--   * The server variables are those of shared: server.RESET() deletes all.
--   * Server variables survive the end of the server.
--   * A table in a server variable is a copy: assign it anew after a change.
--     Two requests that change one at a time do not lose anything with
--     shared.update.

local native, shared = session, shared
local time = require "time"

local cookies = a5_session_cookies ~= false
local lifetime = a5_session_lifetime
if lifetime ~= nil and not (type(lifetime) == "number" and lifetime > 0) then
  error("a5_session_lifetime must be a number of minutes above 0", 3) -- the page that requires this
end

local current = native.start {
  name = "A5SESSION",
  lifetime = lifetime and lifetime * 60,
  track = cookies and "auto" or "link",
  keepId = true,
}
local now = time.now()

-- The page's variables. That there is a table for them keeps the session from
-- the first request on, before it has any.
local function variables()
  local data = current.data
  data.variables = data.variables or {}
  return data.variables
end
variables()

-- The names of Xbasic have no case.
local function fold(name)
  return type(name) == "string" and name:lower() or name
end

local function reset()
  current:reset()
  variables()
end

-- What a session has by itself.
local own = {
  sessionid = function() return current.id end,
  timestamp = function() return now end,
  session_folder = function() return current.folder end,
  session_url = function() return current.url end,
  reset = function() return reset end,
}

-- Other pages and modules still find the functions of LCGI's own table, as long as
-- no variable has their name.
local functions = {start = native.start, get = native.get, count = native.count, sweep = native.sweep}

session = setmetatable({}, {
  __index = function(_, name)
    local key = fold(name)
    if own[key] then return own[key]() end
    local value = variables()[key]
    if value == nil then return functions[name] end
    return value
  end,
  __newindex = function(_, name, value)
    local key = fold(name)
    if own[key] then error(("session.%s is set by the server and read only"):format(name), 2) end
    variables()[key] = value
  end,
  __metatable = false,
})

local function serverName(name)
  if type(name) ~= "string" then error("the name of a server variable must be a string, not " .. type(name), 3) end
  return name:lower()
end

server = setmetatable({}, {
  __index = function(_, name)
    local key = serverName(name)
    if key == "reset" then return shared.reset end
    return shared.get(key)
  end,
  __newindex = function(_, name, value)
    local key = serverName(name)
    if key == "reset" then error("server.RESET is a method and cannot be set", 2) end
    shared.set(key, value) -- nil deletes it
  end,
  __metatable = false,
})

SESSION = session
Session = Session or session -- it may be FoxWeb's
Server, SERVER = server, server
a5_default_path = request.folder

return {session = native}
