---@meta compat.lasso
-- Written by `lcgi types`, which writes it anew: changes are lost.

-- Lasso's session methods, which are there after require "compat.lasso". A session
-- keeps the global variables that it is told of.

---Starts a session, or loads it and sets its variables.
---@param name string
---@param options? lcgi.lasso.Options
function session_start(name, options) end

---Options of session_start and session_end, which are Lasso's keywords.
---@class lcgi.lasso.Options
---@field expires? number minutes; 15 if they are not given
---@field id? string
---@field useCookie? boolean
---@field useLink? boolean
---@field useAuto? boolean
---@field useNone? boolean
---@field cookieExpires? number minutes
---@field domain? string
---@field path? string
---@field secure? boolean
---@field rotate? boolean

---Has the session keep a global variable of the page.
---@param name string
---@param variable string
function session_addVar(name, variable) end

---Has the session forget a variable. The page's variable keeps its value.
---@param name string
---@param variable string
function session_removeVar(name, variable) end

---Returns the id of a session.
---@param name string
---@return string
function session_id(name) end

---Returns what session_start has found.
---@param name string
---@return "new"|"load"|"expire"|"rotate"
function session_result(name) end

---Deletes a session at once. The page's variables keep their values.
---@param name string
---@param options? lcgi.lasso.Options
function session_end(name, options) end

---Keeps the session as it was before this request.
---@param name string
function session_abort(name) end

---Removes what has expired, and returns how many sessions that were.
---@return integer
function session_deleteExpired() end
