package template

// url follows the beginning of a URL.
type url struct {
	state  urlState
	quoted bool // quotes may stand before it
	scheme name
}

type urlState uint8

const (
	urlStart       urlState = iota
	urlScheme               // what may be a scheme, or else the first segment of a path
	urlTail                 // as urlScheme, but an expression has printed a part of it
	urlPrinted              // nothing but expressions have printed so far
	urlRoot                 // behind the "/" at the start: another one would begin a host
	urlRootPrinted          // behind that and an expression, which prints "." rather than nothing before "/"
	urlRootPerhaps          // behind that and what may have printed nothing
	urlEither               // on one branch urlStart, on another urlRoot
	urlHostStart            // behind "//", where the host begins
	urlHostPrinted          // the host was printed by expressions only
	urlHost                 // behind literal text of a host
	urlPort                 // behind a ":" in the authority
	urlPath                 // anything behind that up to "?" or "#"
	urlQuery                // behind that
	urlSited                // on one branch urlStart, on another in or behind a host
	urlRefused              // behind a scheme with which nothing can be escaped
	urlUnknown              // behind a scheme that an expression has printed
	urlUnclear              // branches have left it in different states
)

// read reads a byte of a URL and reports whether a script begins behind it.
func (u *url) read(b byte) (script bool) {
	if b == '\t' || b == '\n' || b == '\r' {
		return false // browsers remove them wherever they stand
	}
	if b == '\\' {
		b = '/' // to browsers that is the same (URL standard, 4.4)
	}
	if b == '?' || b == '#' {
		if u.state != urlRefused && u.state != urlUnknown {
			u.state = urlQuery
		}
		return false
	}
	switch u.state {
	case urlStart, urlScheme, urlTail, urlPrinted, urlEither:
		switch {
		case b == ':':
			return u.endScheme()
		case b == '/' && (u.state == urlStart || u.state == urlPrinted):
			u.state = urlRoot
		case b == '/' && u.state == urlEither:
			u.state = urlUnclear
		case b == '/':
			u.state = urlPath
		case u.state == urlStart && (b <= ' ' || u.quoted && (b == '"' || b == '\'')):
		case u.state == urlPrinted || u.state == urlEither:
			u.state = urlTail
		case u.state != urlTail:
			u.state = urlScheme
			u.scheme.add(lower(b))
		}
	case urlRoot, urlRootPrinted, urlRootPerhaps:
		switch {
		case b != '/' || u.state == urlRootPrinted:
			u.state = urlPath
		case u.state == urlRoot:
			u.state = urlHostStart
		default:
			u.state = urlUnclear
		}
	case urlSited:
		if u.state = urlUnclear; b == '/' {
			u.state = urlRootPerhaps // urlRoot on one branch, urlPath on the other
		}
	case urlHostStart:
		if b != '/' {
			u.state = urlHost
		}
	case urlHostPrinted, urlHost, urlPort:
		switch b {
		case '/':
			u.state = urlPath
		case ':':
			u.state = urlPort
		default:
			u.state = urlHost
		}
	}
	return false
}

// endScheme reads the ":" behind a scheme.
func (u *url) endScheme() (script bool) {
	if u.state != urlScheme && u.state != urlStart {
		u.state = urlUnknown
		return false
	}
	u.state = urlPath
	switch u.scheme.String() {
	case "javascript":
		return true
	case "vbscript":
		u.state = urlRefused
	case "http", "https", "ws", "wss", "ftp":
		u.state = urlHostStart // however many slashes follow
	}
	return false
}

// expression returns the language of an expression that stands here.
func (u *url) expression() (lang, flags) {
	switch u.state {
	case urlStart:
		u.state = urlPrinted
		return langURL, 0
	case urlEither:
		u.state = urlPrinted
		return langURL, afterSlash
	case urlScheme, urlTail:
		u.state = urlTail
		return langURLTail, 0
	case urlPrinted:
		return langURLTail, afterValue
	case urlRoot, urlRootPrinted, urlRootPerhaps:
		u.state = urlRootPrinted
		return langURLRoot, 0
	case urlHostStart:
		u.state = urlHostPrinted
		return langURLHost, hostStart
	case urlHostPrinted:
		return langURLHost, 0
	case urlPort:
		return langURLHost, hostPart
	case urlHost:
		return langURLBehindHost, 0
	case urlQuery:
		return langURLQuery, 0
	case urlRefused:
		return langScriptURL, 0
	case urlUnknown:
		return langScheme, 0
	case urlUnclear, urlSited:
		return langUnclear, 0
	}
	return langURLPath, 0
}

// isWeb reports whether u is behind http or https, which lead to the same
// whatever follows.
func (u *url) isWeb() bool {
	return u.state == urlScheme && (u.scheme.String() == "http" || u.scheme.String() == "https")
}

// join makes u what is safe both for u and for v, between which branches of the
// page differ.
func (u *url) join(v url) {
	if *u == v {
		return
	}
	u.quoted = u.quoted || v.quoted
	if u.isWeb() && v.isWeb() {
		u.scheme.set("https") // as http<?lc if secure then ?>s<?lc end ?>://
		return
	}
	a, b := min(u.state, v.state), max(u.state, v.state)
	u.scheme.reset()
	switch {
	case a == b && a != urlScheme:
		u.state = a
	case a == urlStart && b == urlPath:
		u.state = urlStart
	case a == urlStart && b <= urlPrinted, a <= urlPrinted && b == urlPrinted, a == urlPrinted && b == urlPath:
		u.state = urlPrinted
	case (a == urlScheme || a == urlTail) && (b <= urlTail || b == urlPath):
		u.state = urlTail
	case a == urlStart && (b == urlRoot || b == urlEither), a == urlRoot && b == urlEither, a == urlEither && b == urlPath:
		u.state = urlEither
	case urlRoot <= a && b <= urlRootPerhaps, urlRoot <= a && a <= urlRootPerhaps && b == urlPath:
		u.state = urlRootPerhaps
	case a == urlHost && b == urlPath:
		u.state = urlHost
	case (a == urlStart || urlHostPrinted <= a && a <= urlPath) && (b == urlSited || a == urlStart && urlHostPrinted <= b && b <= urlPort):
		u.state = urlSited
	default:
		u.state = urlUnclear
	}
}
