---@meta compat.pyhp
-- Written by `lcgi types`, which writes it anew: changes are lost.

-- PyHP's object, which is there after require "compat.pyhp".

---@class lcgi.pyhp
---@field get lcgi.Fields what a form has sent in the address
---@field post lcgi.Fields what a form has sent
---@field cookies table<string, string>
---@field session lcgi.pyhp.Session
pyhp = {}

---@class lcgi.pyhp.Session
---@field data table what is remembered
local Session = {}

---Gives the visitor a session, if there is none yet.
function Session.start() end

---Saves it at this instant; it is saved anyway when the page ends.
function Session.save() end

---Erases the data and the id.
function Session.wipe() end
