---@meta json
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Values as text, and text as values (RFC 8259).
---@class lcgi.json
---@field null userdata what null is read as, and written as; it is not nil
local json = {}

---Returns a value as JSON. What JSON has not is an error that says where it is.
---@param value any
---@param options? lcgi.json.EncodeOptions
---@return string
function json.encode(value, options) end

---Options of json.encode.
---@class lcgi.json.EncodeOptions
---@field indent? integer|boolean spaces for each level, up to 16; true is 2. With 0 it is all one line
---@field sortKeys? boolean whether names are sorted, and not as they were set
---@field escapeHTML? boolean whether < > & are written as escapes; true if it is not given

---Returns the value that a text is, or nil and what is wrong with it.
---@param text string
---@param options? lcgi.json.DecodeOptions
---@return any value
---@return string? message
function json.decode(text, options) end

---Options of json.decode.
---@class lcgi.json.DecodeOptions
---@field bigNumbers? "string"|"number"|"error" what becomes of numbers that Lua cannot hold; string if it is not given

---Marks a table, or a new one, as a list: it is written as [] where it is empty.
---@generic T: table
---@param t? T
---@return T
function json.array(t) end

---Marks a table, or a new one, as an object: {} where it is empty, and numbers become names.
---@generic T: table
---@param t? T
---@return T
function json.object(t) end

---Returns a number of any length, which is written digit by digit.
---@param text string
---@return userdata
function json.number(text) end

return json
