---@meta csrf
-- Written by `lcgi types`, which writes it anew: changes are lost.

---Protects forms from being sent by other sites.
---@class lcgi.csrf
local csrf = {}

---Returns a token of the session, another text each time.
---@param session? lcgi.Session the one of _SESSION if it is not given
---@return string
function csrf.token(session) end

---Returns a hidden field with a token, for a form: `<?= csrf.field() ?>`.
---@param session? lcgi.Session
---@return lcgi.Raw
function csrf.field(session) end

---Ends a request that may come from another site, with 403.
---@param session? lcgi.Session
function csrf.check(session) end

return csrf
