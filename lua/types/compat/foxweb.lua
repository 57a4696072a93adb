---@meta compat.foxweb
-- Written by `lcgi types`, which writes it anew: changes are lost.

-- FoxWeb's Session object, which is there after require "compat.foxweb". Its names
-- may be written in any case, which an editor does not know.

---@class lcgi.foxweb.Session
---@field LastHit lcgi.Time|0
---@field Timeout number minutes; it can be set
---@field Token string
Session = {}

---Sets a variable of the session.
---@param name string
---@param value any
function Session.SetVar(name, value) end

---Returns a variable of the session.
---@param name string
---@return any
function Session.GetVar(name) end

---Removes a variable.
---@param name string
function Session.Remove(name) end

---Fills a table with a row {name, value} for each variable and returns their number.
---@param t table
---@return integer
function Session.GetVarArray(t) end

---Returns the id of the session.
---@return string
function Session.GetSessionID() end

---Destroys all variables.
function Session.Abandon() end

---Starts the session before anything is sent.
function Session.InitVars() end
