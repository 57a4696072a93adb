---@meta utf8
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Texts by their characters, as in Lua 5.3.
---@class lcgi.utf8
---@field charpattern string a pattern that matches one character of a text
local utf8 = {}

---Returns a text of these characters.
---@param code integer
---@param ... integer
---@return string
function utf8.char(code, ...) end

---Returns what a loop goes through: positions and code points.
---@param s string
---@return fun(s: string, i: integer): integer?, integer?
---@return string
---@return integer
function utf8.codes(s) end

---Returns the code points of the characters that begin from byte i to byte j.
---@param s string
---@param i? integer 1 if it is not given
---@param j? integer i if it is not given
---@return integer ...
function utf8.codepoint(s, i, j) end

---Returns how many characters begin from byte i to byte j, or nil and the position of a byte that is no UTF-8.
---@param s string
---@param i? integer
---@param j? integer
---@return integer? characters
---@return integer? position
function utf8.len(s, i, j) end

---Returns the position where a character begins, or nil.
---@param s string
---@param n integer counted from byte i, from the end if it is negative; 0 is the one that byte i belongs to
---@param i? integer
---@return integer?
function utf8.offset(s, n, i) end

return utf8
