---@meta re
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Regular expressions: those of RE2, with UTF-8. Positions are bytes, from 1.
---@class lcgi.re
local re = {}

---Returns the groups of the first match, or the match if the pattern has no groups, or nil.
---@param s string
---@param pattern string
---@param init? integer where to begin
---@return string? ...
function re.match(s, pattern, init) end

---Returns where the first match starts and ends, and its groups, or nil.
---@param s string
---@param pattern string
---@param init? integer where to begin
---@return integer? start
---@return integer? finish
---@return string? ...
function re.find(s, pattern, init) end

---Returns the list of all matches: strings, or if the pattern has groups tables with
---the groups by number and name, and the match as 0.
---@param s string
---@param pattern string
---@param limit? integer how many at most
---@return (string|table<integer|string, string>)[]
function re.findAll(s, pattern, limit) end

---Returns the text with matches replaced, and how many.
---@param s string
---@param pattern string
---@param by string|table|fun(...: string?): any a text with $1 and ${name}, what a table has for the match, or what a function returns
---@param limit? integer how many at most
---@return string
---@return integer
function re.replace(s, pattern, by, limit) end

---Returns the list of what is between matches.
---@param s string
---@param pattern string
---@param limit? integer how many pieces at most
---@return string[]
function re.split(s, pattern, limit) end

---Returns a pattern that matches a text.
---@param s string
---@return string
function re.escape(s) end

return re
