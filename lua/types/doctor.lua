---@meta doctor
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Finds out what keeps a site from working, as `lcgi doctor` does.
---@class lcgi.doctor
local doctor = {}

---Looks at the machine and returns what was found.
---@return lcgi.Finding[]
function doctor.findings() end

---Returns the same as a table of text.
---@return string
function doctor.text() end

---One thing that was looked at.
---@class lcgi.Finding
---@field group string
---@field name string
---@field value string
---@field state "ok"|"note"|"warning"|"error"
---@field advice? string what to do

return doctor
