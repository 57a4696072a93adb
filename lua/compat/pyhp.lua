-- PyHP's pyhp object (FEATURES.md, P1 to P8).
--
-- Switch it on with  require "compat.pyhp"  at the top of a page, or for all
-- pages with a file that says so, named by the setting LCGI_PREPEND.
--
--   pyhp.session.start()     gives the visitor a session, if there is none yet
--   pyhp.session.data["k"]   its data: read and write
--   pyhp.session.save()      saves it at this instant; it is saved anyway
--                            when the page ends
--   pyhp.session.wipe()      erases the data and the id
--   pyhp.get, pyhp.post      what forms have sent
--   pyhp.cookies             the visitor's cookies
--
-- A session that was started on an earlier page is there without start(). It
-- ends after 15 minutes without a request.
--
-- What differs from PyHP:
--   * Data that is not there is nil and no error. Without a session, data is
--     empty and setting something in it is an error that asks for start().

local native = session
local NAME = "PYHPSESSION"

local handle -- the session, as far as this page knows it

local function open()
  handle = handle or native.start {name = NAME, lifetime = 15 * 60}
  return handle
end

-- Returns the session if the visitor has one. To look for it costs nothing
-- where no cookie speaks of one.
local function existing()
  if not handle and not _COOKIE[NAME] then return nil end
  return open().data.dictionary and handle
end

-- Stands for the data of visitors that have no session.
local nothing = setmetatable({}, {
  __newindex = function()
    error("pyhp.session.data: there is no session; call pyhp.session.start() first", 2)
  end,
  __metatable = false,
})

local methods = {}

function methods.start()
  local data = open().data
  -- It makes the session exist before the page has put anything in.
  data.dictionary = data.dictionary or {}
end

function methods.save()
  local s = existing()
  if not s then error("pyhp.session.save: there is no session; call pyhp.session.start() first", 2) end
  s:save()
end

function methods.wipe()
  local s = existing()
  handle = nil
  if s then s:delete() end
end

local function get(_, name)
  if name ~= "data" then
    error(("pyhp.session has no member %q; it has start data save wipe"):format(tostring(name)), 2)
  end
  local s = existing()
  return s and s.data.dictionary or nothing
end

local function set(_, name, value)
  if name ~= "data" then error(("pyhp.session.%s cannot be set"):format(tostring(name)), 2) end
  if type(value) ~= "table" then error("pyhp.session.data must be a table, not " .. type(value), 2) end
  local s = existing()
  if not s then error("pyhp.session.data: there is no session; call pyhp.session.start() first", 2) end
  s.data.dictionary = value
end

pyhp = {
  session = setmetatable(methods, {__index = get, __newindex = set, __metatable = false}),
  get = _GET,
  post = _POST,
  cookies = _COOKIE,
}
