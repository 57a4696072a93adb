package lua

import (
	"path"
	"strings"
)

// fileType returns the media type of a file by its name.
func fileType(name string) string {
	ext := strings.ToLower(path.Ext(name))
	for _, t := range fileTypes {
		if t.ext == ext {
			return t.mime
		}
	}
	return "application/octet-stream"
}

var fileTypes = [...]struct{ ext, mime string }{
	{".txt", "text/plain; charset=utf-8"},
	{".csv", "text/csv; charset=utf-8"},
	{".json", "application/json"},
	{".png", "image/png"},
	{".jpg", "image/jpeg"},
	{".jpeg", "image/jpeg"},
	{".gif", "image/gif"},
	{".webp", "image/webp"},
	{".avif", "image/avif"},
	{".ico", "image/x-icon"},
	{".mp3", "audio/mpeg"},
	{".ogg", "audio/ogg"},
	{".wav", "audio/wav"},
	{".mp4", "video/mp4"},
	{".webm", "video/webm"},
	{".pdf", "application/pdf"},
	{".zip", "application/zip"},
	{".html", "text/html; charset=utf-8"},
	{".htm", "text/html; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".xml", "text/xml; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
}
