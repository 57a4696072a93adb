-- Lasso's session methods (FEATURES.md, LA1 to LA19).
--
-- Switch it on with  require "compat.lasso"  at the top of a page, or for all
-- pages with a file that says so, named by the setting LCGI_PREPEND.
--
--   session_start(name[, options])      session_id(name)
--   session_addVar(name, variable)      session_result(name)
--   session_removeVar(name, variable)   session_abort(name)
--   session_end(name[, {secure=}])      session_deleteExpired()
--
-- Options are a table where Lasso has keywords: expires (minutes, 15), id,
-- useCookie, useLink, useAuto, useNone, cookieExpires (minutes), domain, path,
-- secure, rotate.
--
-- The variables of a session are globals of the page. They are saved when the
-- page ends, and session_start sets them again, whatever they hold by then.
--
-- What differs from Lasso:
--   * A session is stored from its first variable on; until then the next
--     request finds "new" again.
--   * An id that was not issued here is never taken over (LA16).
--   * With useLink, forms get their hidden field by themselves. One that was
--     written by hand, <name>:<id> in -lassosession, does no harm.
--   * A link from another site does not choose the visitor's session.
--   * Names of sessions and variables are told apart by case.

local native = session
local page = _G
local sessions = {} -- the sessions started on this page, by their names

-- Blames the page for what a function below has found wrong for its caller.
local function check(ok, message)
  if not ok then error(message, 4) end
end

local function checkName(name, caller)
  check(type(name) == "string", caller .. ": the name of the session must be a string, not " .. type(name))
  check(#name <= 47 and name:find("^[%w_.-]+$"),
    ("%s: %q is no name of a session; a name has 1 to 47 letters, digits, _ . -"):format(caller, name))
end

local function checkVariable(variable, caller)
  check(type(variable) == "string" and variable ~= "",
    caller .. ": the second argument must be the name of a variable, in quotes")
end

-- Returns the session of that name, which must have been started on this page.
local function started(name, caller)
  local s = sessions[name]
  if not s then
    error(("%s: no session %q has been started on this page; call session_start first"):format(caller, tostring(name)), 3)
  end
  return s
end

local kinds = {
  expires = "number", id = "string", useCookie = "boolean", useLink = "boolean", useAuto = "boolean",
  useNone = "boolean", cookieExpires = "number", domain = "string", path = "string", secure = "boolean",
  rotate = "boolean",
}

local function knownOptions()
  local names = {}
  for name in pairs(kinds) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, " ")
end

local function checkOptions(options, caller)
  check(type(options) == "table", caller .. ": the options must be a table, as in {expires=15}")
  for option, value in pairs(options) do
    local kind = kinds[option]
    if not kind then
      check(false, ("%s: there is no option %s; there are %s"):format(caller, tostring(option), knownOptions()))
    end
    check(type(value) == kind, ("%s: the option %s must be a %s, not %s"):format(caller, option, kind, type(value)))
    check(kind ~= "number" or value > 0, ("%s: the option %s must be a number of minutes above 0"):format(caller, option))
  end
end

-- Cookies are used if nothing is said.
local function track(o)
  local cookie = o.useCookie
  if cookie == nil then cookie = not (o.useLink or o.useAuto or o.useNone) end
  if o.useNone then return "none" end
  if o.useAuto then return "auto" end
  if o.useLink then return cookie and "both" or "link" end
  return cookie and "cookie" or "none"
end

local function open(name, o)
  return native.start {
    name = name,
    id = o.id,
    lifetime = (o.expires or 15) * 60,
    rotate = o.rotate,
    track = track(o),
    parameter = "-lassosession",
    absoluteLinks = false,
    cookie = {
      name = "_Session_Tracker_" .. name,
      lifetime = o.cookieExpires and o.cookieExpires * 60,
      domain = o.domain,
      path = o.path,
      secure = o.secure,
    },
  }
end

-- A session's data has the names of its variables, and apart from them their
-- values: a variable that is nil is still one of the session.
local function save(s)
  local data = s.data
  if not data.variables then return end
  data.values = {}
  for variable in pairs(data.variables) do
    data.values[variable] = rawget(page, variable)
  end
end

local function restore(s)
  for variable in pairs(s.data.variables or {}) do
    rawset(page, variable, s.data.values[variable])
  end
end

-- Starts a session, or loads it and sets its variables. One that is open on
-- this page already stays as it is.
function session_start(name, options)
  checkName(name, "session_start")
  options = options or {}
  checkOptions(options, "session_start")
  if native.get(name) and sessions[name] then return end
  local s = open(name, options)
  sessions[name] = s
  restore(s)
  s:beforeSave(save)
end

-- Has the session keep a global variable of the page.
function session_addVar(name, variable)
  local data = started(name, "session_addVar").data
  checkVariable(variable, "session_addVar")
  data.variables = data.variables or {}
  data.variables[variable] = true
end

-- Has the session forget a variable. The page's variable keeps its value.
function session_removeVar(name, variable)
  local data = started(name, "session_removeVar").data
  checkVariable(variable, "session_removeVar")
  if data.variables then data.variables[variable] = nil end
end

function session_id(name)
  return started(name, "session_id").id
end

-- Returns "new", "load", "expire" or "rotate".
function session_result(name)
  return started(name, "session_result").result
end

-- Deletes a session at once, also one that was not started on this page. The
-- page's variables keep their values.
function session_end(name, options)
  checkName(name, "session_end")
  options = options or {}
  checkOptions(options, "session_end")
  sessions[name] = nil
  open(name, {secure = options.secure}):delete()
end

-- Keeps the session as it was before this request.
function session_abort(name)
  started(name, "session_abort"):abort()
end

-- Removes what has expired, and returns how many sessions that were.
function session_deleteExpired()
  return native.sweep()
end
