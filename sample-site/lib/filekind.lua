-- What a file is, told by its first bytes. The name and the type that come
-- with an upload are only what the visitor says.

local kinds = {
  { ext = "png",  picture = true,  begins = "^\137PNG\r\n\26\n" },
  { ext = "jpg",  picture = true,  begins = "^\255\216\255" },
  { ext = "gif",  picture = true,  begins = "^GIF8[79]a" },
  { ext = "webp", picture = true,  begins = "^RIFF....WEBP" },
  { ext = "pdf",  picture = false, begins = "^%%PDF%-" },
}

-- Returns the kind of the file as a table with ext and picture, or nil.
return function(path)
  local file = assert(io.open(path, "rb"))
  local head = file:read(12) or ""
  file:close()
  for _, kind in ipairs(kinds) do
    if head:find(kind.begins) then return kind end
  end
end
