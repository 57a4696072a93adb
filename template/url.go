package template

// url follows the beginning of a URL. Branches and loops of the page may leave it
// in several states, of which it is then in all.
type url struct {
	states urlStates // none is urlStart
	quoted bool      // quotes may stand before it
	scheme name      // what was read in urlScheme
}

// urlStates is a set of states.
type urlStates uint32

const (
	urlStart       urlStates = 1 << iota
	urlScheme                // what may be a scheme, or else the first segment of a path
	urlTail                  // as urlScheme, but an expression has printed a part of it, or branches differ in it
	urlPrinted               // nothing but expressions have printed so far
	urlColon                 // behind the ":" of a scheme that is one expression
	urlColonSlash            // behind that and "/"
	urlRoot                  // behind the "/" at the start: another one would begin a host
	urlRootPrinted           // behind that and an expression, which prints "." rather than nothing before "/"
	urlHostStart             // behind "//", where the host begins
	urlHostPrinted           // the host was printed by expressions only
	urlHost                  // behind literal text of a host
	urlPort                  // behind a ":" in the authority
	urlPath                  // anything behind that up to "?" or "#"
	urlPair                  // where a component of the query begins: right behind "?" or "&"
	urlQuery                 // behind that
	urlFragment              // behind "#"
	urlRefused               // behind a scheme with which nothing can be escaped
	urlUnknown               // behind a scheme that an expression has printed a part of
)

const urlLast = urlUnknown

// set returns the states that u is in.
func (u *url) set() urlStates {
	if u.states == 0 {
		return urlStart
	}
	return u.states
}

// read reads a byte of a URL and reports whether a script begins behind it.
func (u *url) read(b byte) (script bool) {
	if b == '\t' || b == '\n' || b == '\r' {
		return false // browsers remove them wherever they stand
	}
	if b == '\\' {
		b = '/' // to browsers that is the same (URL standard, 4.4)
	}
	was := u.set()
	switch {
	case was == urlPath && b != '?' && b != '#', was == urlQuery && b != '&' && b != '#', was == urlFragment:
		return false
	}
	var now urlStates
	for state := urlStart; state <= urlLast; state <<= 1 {
		if was&state != 0 {
			now |= u.step(state, b)
		}
	}
	if was == urlScheme && b == ':' && u.scheme.String() == "javascript" {
		return true
	}
	u.states = now
	switch {
	case now&urlScheme == 0:
		u.scheme.reset()
	case was&urlScheme != 0 && was&urlStart != 0: // two schemes
		u.states = now&^urlScheme | urlTail
		u.scheme.reset()
	default:
		u.scheme.add(lower(b))
	}
	return false
}

// step returns the state behind a byte that is read in a state.
func (u *url) step(state urlStates, b byte) urlStates {
	switch {
	case state&(urlFragment|urlRefused|urlUnknown) != 0:
		return state
	case b == '#':
		return urlFragment
	case state&(urlPair|urlQuery) != 0:
		if b == '&' {
			return urlPair
		}
		return urlQuery
	case b == '?':
		return urlPair
	}
	switch state {
	case urlStart:
		switch {
		case b == ':':
			return urlPath
		case b == '/':
			return urlRoot
		case b <= ' ', u.quoted && (b == '"' || b == '\''):
			return urlStart
		}
		return urlScheme
	case urlScheme:
		switch b {
		case ':':
			return u.endScheme()
		case '/':
			return urlPath
		}
	case urlTail, urlPrinted:
		switch {
		case b == ':' && state == urlPrinted:
			return urlColon
		case b == ':':
			return urlUnknown
		case b == '/' && state == urlPrinted:
			return urlRoot
		case b == '/':
			return urlPath
		}
		return urlTail
	case urlColon, urlColonSlash:
		switch {
		case b == '/' && state == urlColon:
			return urlColonSlash
		case b == '/':
			return urlHostStart
		}
		return urlUnknown
	case urlRoot:
		if b == '/' {
			return urlHostStart
		}
		return urlPath
	case urlRootPrinted:
		return urlPath
	case urlHostStart:
		if b != '/' {
			return urlHost
		}
	case urlHostPrinted, urlHost, urlPort:
		switch b {
		case '/':
			return urlPath
		case ':':
			return urlPort
		}
		return urlHost
	}
	return state
}

// endScheme returns the state behind the ":" of the scheme that was read.
func (u *url) endScheme() urlStates {
	switch u.scheme.String() {
	case "javascript", "vbscript":
		return urlRefused
	case "http", "https", "ws", "wss", "ftp":
		return urlHostStart // however many slashes follow
	}
	return urlPath
}

// The states in which what is printed may begin a path.
const (
	urlBegins = urlStart | urlScheme | urlTail | urlPrinted
	urlRoots  = urlRoot | urlRootPrinted
)

// expression returns the language of an expression that stands here: one whose
// values are safe in every state, if there is one.
func (u *url) expression() (l lang, f flags) {
	s := u.set()
	l, f = s.language()
	u.scheme.reset()
	if u.quoted {
		f |= enclosed
	}
	u.states = s &^ (urlBegins | urlRoots | urlHostStart | urlPair)
	if s&urlPair != 0 {
		u.states |= urlQuery
	}
	if s&urlRoots != 0 {
		u.states |= urlRootPrinted
	}
	if s&urlHostStart != 0 {
		u.states |= urlHostPrinted
	}
	if s&(urlScheme|urlTail) != 0 {
		u.states |= urlTail
	}
	if s&(urlStart|urlPrinted) != 0 {
		u.states |= urlPrinted
	}
	return l, f
}

// language returns the language of an expression that stands in the states s.
func (s urlStates) language() (l lang, f flags) {
	in := func(states urlStates) bool { return s&^states == 0 }
	switch {
	case s == urlPath:
		return langURLPath, 0
	case s == urlPair:
		return langURLPair, 0
	case in(urlPair | urlQuery | urlFragment):
		return langURLQuery, 0
	case in(urlRoots | urlPath):
		return langURLRoot, 0
	case in(urlBegins | urlRoots | urlPath):
		if s&urlRoots != 0 {
			f |= afterSlash
		}
		if s&(urlScheme|urlTail|urlPrinted) == 0 {
			return langURL, f
		}
		if s&(urlStart|urlPrinted) != 0 {
			f |= afterValue
		}
		return langURLTail, f
	case in(urlHostStart | urlHostPrinted):
		if s&urlHostStart != 0 {
			f |= hostStart
		}
		return langURLHost, f
	case s == urlPort:
		return langURLHost, hostPart
	case in(urlHost | urlPath):
		return langURLBehindHost, 0
	case s == urlRefused:
		return langScriptURL, 0
	case in(urlUnknown | urlColon | urlColonSlash):
		return langScheme, 0
	}
	return langUnclear, 0
}

// join makes u what is in the states of both u and v, between which branches of
// the page differ.
func (u *url) join(v url) {
	if *u == v {
		return
	}
	a, b := u.set(), v.set()
	u.quoted = u.quoted || v.quoted
	u.states = a | b
	switch {
	case a&urlScheme == 0:
		u.scheme = v.scheme
	case b&urlScheme == 0 || u.scheme == v.scheme:
	case u.isWeb() && v.isWeb():
		u.scheme.set("https") // as http<?lc if secure then ?>s<?lc end ?>://
	default:
		u.states = u.states&^urlScheme | urlTail
		u.scheme.reset()
	}
}

// isWeb reports whether u may be behind http or https, which lead to the same
// whatever follows.
func (u *url) isWeb() bool { return u.scheme.String() == "http" || u.scheme.String() == "https" }
