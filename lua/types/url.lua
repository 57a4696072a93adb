---@meta url
-- Written by `lcgi types`, which writes it anew: changes are lost.

---The parts of addresses (RFC 3986), and what makes them.
---@class lcgi.url
local url = {}

---Returns the parts of an address, or nil and why it is none.
---@param text string
---@return lcgi.url.Parts? parts
---@return string? message
function url.parse(text) end

---Returns the address that has these parts.
---@param parts lcgi.url.Parts
---@return string
function url.build(parts) end

---The parts of an address, with their escapes. What it has not is nil.
---@class lcgi.url.Parts
---@field scheme? string such as "https"
---@field user? string
---@field password? string
---@field host? string
---@field port? integer
---@field path? string
---@field query? string|table without ?; url.build takes a table, as url.query does
---@field fragment? string without #

---Returns a text as a part of an address: only letters, digits and -._~ stay.
---@param s string
---@return string
function url.encode(s) end

---Returns a text without escapes.
---@param s string
---@return string
function url.decode(s) end

---Returns the query that _GET reads as a table.
---@param t table
---@return string
---@overload fun(text: string): lcgi.Fields?, string?
function url.query(t) end

---Returns where a link leads that stands on a page, or nil and why not.
---@param base string the address of the page
---@param ref string
---@return string? address
---@return string? message
function url.resolve(base, ref) end

return url
