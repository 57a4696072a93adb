---@meta log
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Lines for the log, with the request's id.
---@class lcgi.log
local log = {}

---Writes what helps to find a mistake.
---@param message string
---@param fields? table<string, any>
function log.debug(message, fields) end

---Writes what has happened.
---@param message string
---@param fields? table<string, any>
function log.info(message, fields) end

---Writes what somebody should look at.
---@param message string
---@param fields? table<string, any>
function log.warn(message, fields) end

---Writes what has gone wrong.
---@param message string
---@param fields? table<string, any>
function log.error(message, fields) end

return log
