package lua

import (
	"path"
	"strings"
)

// fileType returns the media type of a file by its name, and whether a browser
// runs nothing that it finds in such a file.
func fileType(name string) (mime string, inert bool) {
	ext := strings.ToLower(path.Ext(name))
	for _, t := range fileTypes {
		if t.ext == ext {
			return t.mime, t.inert
		}
	}
	return "application/octet-stream", true
}

var fileTypes = [...]struct {
	ext, mime string
	inert     bool
}{
	{".txt", "text/plain; charset=utf-8", true},
	{".csv", "text/csv; charset=utf-8", true},
	{".json", "application/json", true},
	{".png", "image/png", true},
	{".jpg", "image/jpeg", true},
	{".jpeg", "image/jpeg", true},
	{".gif", "image/gif", true},
	{".webp", "image/webp", true},
	{".avif", "image/avif", true},
	{".ico", "image/x-icon", true},
	{".mp3", "audio/mpeg", true},
	{".ogg", "audio/ogg", true},
	{".wav", "audio/wav", true},
	{".mp4", "video/mp4", true},
	{".webm", "video/webm", true},
	{".pdf", "application/pdf", true},
	{".zip", "application/zip", true},
	{".html", "text/html; charset=utf-8", false},
	{".htm", "text/html; charset=utf-8", false},
	{".svg", "image/svg+xml", false},
	{".xml", "text/xml; charset=utf-8", false},
	{".css", "text/css; charset=utf-8", true},
	{".js", "text/javascript; charset=utf-8", false},
}
