---@meta
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Variables that all visitors share.
---@class lcgi.shared
shared = {}

---Returns the value of a variable, or the default where there is none.
---@param name string
---@param default? any
---@return any
function shared.get(name, default) end

---Sets a variable; nil deletes it.
---@param name string
---@param value any
function shared.set(name, value) end

---Sets a variable to fn(value) and returns that. Nobody else changes it in between.
---@param name string
---@param fn fun(value: any): any
---@return any
function shared.update(name, fn) end

---Deletes a variable and returns whether there was one.
---@param name string
---@return boolean
function shared.delete(name) end

---Returns the list of all names, sorted.
---@return string[]
function shared.keys() end

---Deletes all of them.
function shared.reset() end
