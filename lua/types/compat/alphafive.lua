---@meta compat.alphafive
-- Written by `lcgi types`, which writes it anew: changes are lost.

-- Alpha Five's session and server variables, which are there after
-- require "compat.alphafive". The global session, which it replaces, is declared
-- as LCGI's own; SESSION is the same object with Alpha Five's names, and so is
-- Session, unless that is FoxWeb's.

---Variables of the visitor's session: fields of any name, in any case.
---@class lcgi.alphafive.Session
---@field SessionID string
---@field Timestamp lcgi.Time of this request
---@field session_folder string the path of the session's private folder
---@field session_url string behind it, the name of a file there makes its URL
---@field RESET fun() ends the session
---@field [string] any
SESSION = {}

---Variables that all sessions share: fields of any name, in any case.
---@class lcgi.alphafive.Server
---@field RESET fun() deletes all of them
---@field [string] any
server = {}
Server = server
SERVER = server

---The folder of the page.
---@type string
a5_default_path = ""

---Minutes that a session lives, set before the require.
---@type number?
a5_session_lifetime = nil

---false for links only, set before the require.
---@type boolean?
a5_session_cookies = nil

---@class lcgi.alphafive
---@field session lcgi.Session the session as LCGI has it
local alphafive = {}

return alphafive
