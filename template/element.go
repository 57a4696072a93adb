package template

import "strings"

// element is an element that this package treats in a way of its own.
type element uint8

const (
	elementOther element = iota
	elementAny           // not known which
	elementAnimation
	elementForeign // svg or math
	elementHTML    // one that ends svg and math, or holds HTML in them
	elementIframe
	elementMeta
	elementNoembed
	elementNoframes
	elementPlaintext
	elementScript
	elementStyle
	elementTextarea
	elementTitle
	elementXmp
)

// knownElement returns the element of a name in lower case.
func knownElement(name string) element {
	switch name {
	case "animate", "animatecolor", "animatemotion", "animatetransform", "set":
		return elementAnimation
	case "svg", "math":
		return elementForeign
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "font",
		"h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "nobr", "ol", "p", "pre",
		"ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var",
		"foreignobject", "desc", "mi", "mo", "mn", "ms", "mtext", "annotation-xml":
		return elementHTML
	case "iframe":
		return elementIframe
	case "meta":
		return elementMeta
	case "noembed":
		return elementNoembed
	case "noframes":
		return elementNoframes
	case "plaintext":
		return elementPlaintext
	case "script":
		return elementScript
	case "style":
		return elementStyle
	case "textarea":
		return elementTextarea
	case "title":
		return elementTitle
	case "xmp":
		return elementXmp
	}
	return elementOther
}

// special reports whether there are no tags in e, and returns its name.
func (e element) special() (name string, ok bool) {
	switch e {
	case elementIframe:
		return "iframe", true
	case elementNoembed:
		return "noembed", true
	case elementNoframes:
		return "noframes", true
	case elementPlaintext:
		return "plaintext", true
	case elementScript:
		return "script", true
	case elementStyle:
		return "style", true
	case elementTextarea:
		return "textarea", true
	case elementTitle:
		return "title", true
	case elementXmp:
		return "xmp", true
	}
	return "", false
}

// perhapsScript is the type of a script element that runs, where it is not known
// whether as a module.
const perhapsScript = "script, perhaps module"

// scriptLang returns what a script element of a type holds. Types that no
// browser runs hold text for the page's own scripts, mostly HTML.
func scriptLang(mime name) lang {
	s := mime.String()
	switch {
	case strings.Contains(s, "json"), s == "importmap", s == "speculationrules":
		return langJSON
	case strings.TrimSpace(s) == "", mime.len() == maxName,
		strings.Contains(s, "script"), strings.Contains(s, "module"), strings.Contains(s, "jsx"), strings.Contains(s, "babel"):
		return langJS
	}
	return langHTML
}

// isTemplate reports whether a script element of a type holds HTML, of which the
// page's own scripts make elements. All that no browser runs does, except for
// what is certainly something else.
func isTemplate(mime name) bool {
	if scriptLang(mime) != langHTML {
		return false
	}
	s := mime.String()
	for _, other := range [...]string{"plain", "csv", "markdown", "yaml", "toml", "shader", "glsl", "wgsl", "x-fragment", "x-vertex"} {
		if strings.Contains(s, other) {
			return false
		}
	}
	return true
}

// scriptKind returns whether a script of a type is a module.
func scriptKind(mime name) module {
	switch strings.TrimSpace(mime.String()) {
	case "module":
		return isModule
	case perhapsScript:
		return perhapsModule
	}
	return noModule
}
