package wire

import (
	"bytes"
	"fmt"
	"strings"
)

// Boundary separates the parts of the forms that [Form] makes.
const Boundary = "----lcgiTestBoundary7MA4YWxkTrZu0gW"

// A Part is a field of a multipart/form-data form (RFC 7578).
type Part struct {
	Name    string
	Content string
	IsFile  bool   // it has a filename, if only an empty one
	File    string // the filename
	Type    string // Content-Type of the part, if it has one
}

// Field is a part that is no file.
func Field(name, value string) Part { return Part{Name: name, Content: value} }

// File is a part that is a file.
func File(name, file, content string) Part {
	return Part{Name: name, Content: content, IsFile: true, File: file, Type: "application/octet-stream"}
}

// Form sends a form the way browsers do.
func Form(target string, parts ...Part) Request {
	var b bytes.Buffer
	for _, p := range parts {
		b.WriteString(p.Head())
		b.WriteString(p.Content)
		b.WriteString("\r\n")
	}
	b.WriteString(FormEnd)
	return Request{Method: "POST", Target: target, Header: []string{FormType}, Body: b.Bytes()}
}

// FormType is the header line of a form with [Boundary], FormEnd what ends it.
const (
	FormType = "Content-Type: multipart/form-data; boundary=" + Boundary
	FormEnd  = "--" + Boundary + "--\r\n"
)

// Head is the boundary and the header before the content of a part.
func (p Part) Head() string {
	// WHATWG HTML, "multipart/form-data encoding algorithm".
	escape := strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22").Replace
	head := fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"%s\"", Boundary, escape(p.Name))
	if p.IsFile {
		head += fmt.Sprintf("; filename=\"%s\"", escape(p.File))
	}
	if p.Type != "" {
		head += "\r\nContent-Type: " + p.Type
	}
	return head + "\r\n\r\n"
}
