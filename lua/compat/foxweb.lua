-- FoxWeb's Session object (FEATURES.md, FW1 to FW11).
--
-- Switch it on with  require "compat.foxweb"  at the top of a page, or for all
-- pages with a file that says so, named by the setting LCGI_PREPEND.
--
--   Session.SetVar(name, value)   Session.LastHit    read only
--   Session.GetVar(name)          Session.Timeout    minutes
--   Session.Remove(name)          Session.Token      read only
--   Session.GetVarArray(t)        Session.InitVars()
--   Session.GetSessionID()        Session.Abandon()
--
-- Their names may be written in any case, as in Visual FoxPro. The session
-- starts when it is first used, so that a request that does not use it costs
-- nothing, and is kept only if a variable was set.
--
-- What differs from FoxWeb:
--   * Names of variables are told apart by case: "Cart" is not "cart".
--   * A variable may also be a table. Date-times and dates are values of the
--     module time.
--   * Session.Abandon() needs its parentheses: Lua has no calls without them.
--   * The timeout is LCGI's, 24 minutes, until Session.Timeout is set.

local native = session
local NAME = "FOXWEBSESSION"

local handle

-- Returns the visitor's session.
local function current()
  -- The parameter lets Session.Token lead to the session behind any URL.
  handle = handle or native.start {name = NAME, parameter = NAME}
  return handle
end

local function checkName(name, method)
  if type(name) ~= "string" or name == "" then
    error(("Session.%s: the name of the variable must be a string that is not empty"):format(method), 3)
  end
end

local methods = {}

function methods.setvar(name, value)
  checkName(name, "SetVar")
  current().data[name] = value
end

function methods.getvar(name)
  checkName(name, "GetVar")
  return current().data[name]
end

function methods.remove(name)
  checkName(name, "Remove")
  current().data[name] = nil
end

-- Fills t with a row {name, value} for each variable, in the order of their
-- names, and returns their number.
function methods.getvararray(t)
  if type(t) ~= "table" then error("Session.GetVarArray: a table to fill is missing", 2) end
  for key in pairs(t) do t[key] = nil end
  for name, value in pairs(current().data) do
    t[#t + 1] = {name, value}
  end
  table.sort(t, function(a, b) return a[1] < b[1] end)
  return #t
end

function methods.getsessionid()
  return current().id
end

-- Destroys all variables. The session goes on under its id, without any.
function methods.abandon()
  current():reset()
end

-- Sessions need no switching on; this starts one before anything is sent.
function methods.initvars()
  current()
end

local getters = {
  lasthit = function(s) return s.lastHit end,
  timeout = function(s) return s.lifetime / 60 end,
  token = function(s) return s.token end,
}

local members = "SetVar GetVar Remove GetVarArray GetSessionID Abandon InitVars LastHit Timeout Token"

local function unknown(name)
  error(("Session has no member %q; it has %s"):format(tostring(name), members), 3)
end

local function get(_, name)
  local key = tostring(name):lower()
  if methods[key] then return methods[key] end
  if not getters[key] then unknown(name) end
  return getters[key](current())
end

local function set(_, name, value)
  local key = tostring(name):lower()
  if key ~= "timeout" then
    if methods[key] or getters[key] then error(("Session.%s is read only"):format(name), 2) end
    unknown(name)
  end
  if type(value) ~= "number" or not (value > 0 and value < math.huge) then
    error("Session.Timeout must be a number of minutes above 0", 2)
  end
  current().lifetime = value * 60
end

Session = setmetatable({}, {__index = get, __newindex = set, __metatable = false})
