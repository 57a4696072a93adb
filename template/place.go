package template

import (
	"errors"
	"html"
	"strconv"
	"strings"
)

// Kind is the type of the Lua value that is printed.
type Kind uint8

// The kinds of values that a page can print.
const (
	String Kind = iota // any bytes
	Number             // as Lua writes it, such as 12, -0.5, 1e+20, inf, -nan
	Bool               // "true" or "false"
	Nil                // prints nothing, or null where JavaScript needs a value
)

// Place is where in the HTML of its page an expression stands, and so how its
// value is escaped. The zero Place is HTML text. Places are comparable.
type Place struct {
	lang  lang
	in    delimiter
	flags flags
}

// lang is the language that a value becomes a part of, and the part it may be.
type lang uint8

const (
	langHTML          lang = iota // text, in HTML or in an attribute
	langComment                   // the text of an HTML comment
	langName                      // the name of an attribute without a value
	langNamePart                  // a part of the name of an attribute
	langHeading                   // the number in a tag such as h1
	langURL                       // a URL from its beginning
	langURLTail                   // the rest of what may still be a scheme or a first segment
	langURLRoot                   // the path behind the "/" that a URL begins with
	langURLHost                   // the host, or a part of it
	langURLBehindHost             // what follows literal text of a host
	langURLPath                   // the path behind that
	langURLPair                   // a whole component of the query: a name with its value, or one of them
	langURLQuery                  // a part of a component behind "?", or of the fragment
	langURLList                   // srcset: URLs with descriptors
	langAnimated                  // values of an SVG animation
	langSrcdoc                    // HTML text inside an attribute
	langJS                        // a JavaScript value
	langJSString                  // text inside a JavaScript string
	langJSPattern                 // text inside a regular expression literal
	langJSON                      // a JSON value
	langCSS                       // a word or number of a style sheet
	langCSSString                 // text inside a string of a style sheet
	langConstant                  // text of the page's author, in a style or event handler
	langNothing                   // a comment in JavaScript or CSS, where nothing is printed
	langMarkup                    // in <?...?> or <!...> of XML; here and below nothing can be escaped
	langTag                       // a part of the name of a tag
	langAttrValue                 // the value of an attribute that an expression names
	langScheme                    // behind a scheme that an expression has printed
	langScriptURL                 // behind vbscript:
	langInnerTag                  // a tag, script or style in srcdoc
	langBackslash                 // behind a backslash
	langPercent                   // behind a "%" in a javascript: URL
	langSlash                     // behind a "/" that may divide or begin a regular expression
	langForeign                   // behind a "&" in a script or style inside svg
	langUnclear                   // branches of the page leave it open: Parse refuses it
)

// delimiter is what ends the text a value stands in.
type delimiter uint8

const (
	inText   delimiter = iota // "<"
	inDouble                  // a double quote
	inSingle                  // a single quote
	inBare                    // white space or ">": an attribute value without quotes
	inRaw                     // the end tag of a script or style element
)

type flags uint32

const (
	bareStart       flags = 1 << iota // it is the first thing in an attribute value without quotes
	bareWhole                         // and nothing else of the value follows
	bareGlued                         // and another expression follows
	inURL                             // JavaScript in a URL, which is percent-decoded before it runs
	inBackquote                       // text in a JavaScript template literal
	behindReference                   // what may begin a character reference precedes it
	behindLess                        // what may begin an end tag precedes it
	afterSlash                        // a "/" that begins the URL may precede it
	afterValue                        // in a URL, only other values precede it
	nextSlash                         // a "/" may follow in the URL
	nextValue                         // another expression may follow in the URL
	nextColon                         // the ":" of a scheme may follow in the URL
	nextHost                          // at once, and a "//" behind it
	nextPart                          // more of the component of the query may follow
	enclosed                          // the URL ends where the quotes or parentheses around it do
	hostStart                         // the host of a URL begins with it
	hostPart                          // other text of the host may follow
	hostWhole                         // other text of the host may not follow
	behindName                        // it is no part of what it stands behind in the tag
	inXML                             // in a page that is XML
	inSection                         // and there in a CDATA section, which holds HTML
)

// Append appends the value s of the given kind to dst, escaped for p, and
// returns the extended slice. dst ends in what the page has printed before, as
// far as that is known. Whatever bytes s has, they stay inside the place:
// they end no text, attribute, string or element, and run no script. Invalid
// UTF-8 becomes U+FFFD. An error says that no value, or not this one, can stand
// there safely; dst is then returned as it was. Bool and Number values are
// passed as Lua prints them; for Nil, s is ignored.
func (p Place) Append(dst []byte, kind Kind, s string) ([]byte, error) {
	if kind == Nil {
		s = ""
	}
	n := len(dst)
	var err error
	switch p.lang {
	case langHTML:
		dst = appendHTML(dst, s, p.special())
	case langComment:
		dst = appendHTML(dst, s, htmlComment())
	case langSrcdoc:
		dst = appendTwice(dst, s, p.special())
	case langName:
		dst, err = appendName(dst, kind, s, p)
	case langNamePart:
		dst, err = appendNamePart(dst, s)
	case langHeading:
		dst, err = appendHeading(dst, s)
	case langURL, langURLTail, langURLRoot, langURLPath:
		dst, err = appendURL(dst, s, p)
	case langURLHost, langURLBehindHost:
		dst, err = appendHost(dst, s, p)
	case langAnimated:
		dst = appendAnimated(dst, s, p)
	case langURLPair:
		if p.flags&nextPart != 0 {
			dst = appendComponent(dst, s)
		} else {
			dst = appendPair(dst, s, p)
		}
	case langURLQuery:
		dst = appendComponent(dst, s)
	case langURLList:
		dst = appendURLList(dst, s, p)
	case langJS, langJSON:
		dst = appendScript(dst, kind, s, p)
	case langJSString:
		dst = appendScriptText(dst, s, p)
	case langJSPattern:
		dst = appendPattern(dst, s)
	case langCSS, langCSSString:
		dst = appendCSS(dst, s, p)
	case langNothing:
	case langConstant:
		switch {
		case kind != String: // nil or false
		case p.in == inRaw:
			dst = append(dst, s...)
		default:
			dst = appendHTML(dst, s, p.special())
		}
	default:
		if kind != Nil { // cond and raw("…") prints nothing where cond is nil
			return dst, errors.New(p.lang.refusal())
		}
	}
	if err != nil || len(dst) > n {
		if p.flags&(inXML|inSection) != 0 {
			dst = p.forXML(dst, n)
		}
		return p.apart(dst, n), err
	}
	switch {
	case p.flags&bareWhole != 0: // name= other=x would make other=x the value of name
		dst = append(dst, `""`...)
	case p.flags&bareGlued != 0:
		err = errors.New("the value of an attribute without quotes is empty; put quotes around the value in the page")
	}
	return dst, err
}

// isText reports whether p is text between tags.
func (p Place) isText() bool {
	return p.lang == langHTML && p.in == inText && p.flags&^(inXML|inSection) == 0
}

// apart sets what was appended from n on apart from literal text that it would
// form a character reference or an end tag with.
func (p Place) apart(dst []byte, n int) []byte {
	if p.flags&(behindReference|behindLess) == 0 || len(dst) == n {
		return dst
	}
	c := dst[n]
	var escape []byte
	var buf [8]byte
	switch {
	case p.flags&behindReference != 0:
		if !isLetter(c) && !isDigit(c) && c != '#' {
			return dst
		}
		escape = append(strconv.AppendInt(append(buf[:0], "&#"...), int64(c), 10), ';')
	case !isLetter(c) && c != '/' && c != '!' && c != '-':
		return dst
	case p.lang == langHTML:
		escape = append(strconv.AppendInt(append(buf[:0], "&#"...), int64(c), 10), ';')
	case p.lang == langJSString || p.lang == langJSPattern:
		escape = append(buf[:0], '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	case p.lang == langCSS || p.lang == langCSSString:
		escape = append(buf[:0], '\\', '0', '0', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	case p.lang == langJS || p.lang == langJSON: // it is a number, true, false or null
		escape = append(buf[:0], ' ', c)
	default: // a URL in a style sheet
		escape = appendPercent(buf[:0], c)
	}
	dst = append(dst, escape[1:]...)
	copy(dst[n+len(escape):], dst[n+1:])
	copy(dst[n:], escape)
	return dst
}

// Refusal returns why the expression can print no string where it stands, or "" if
// it can print some, or calls a function, which may return what is HTML already.
func (p *Piece) Refusal() string {
	switch {
	case !p.Expr || p.calls:
		return ""
	case p.Place.lang >= langMarkup:
		return p.Place.lang.refusal()
	case p.Place.lang == langURLTail && p.Place.flags&nextColon != 0:
		return schemeRefusal
	}
	return ""
}

// refusal says why no value can be printed in a place of this kind.
func (l lang) refusal() string {
	switch l {
	case langMarkup:
		return "an expression cannot stand inside <?...?> or <!...> of XML; use raw() if it must"
	case langTag:
		return "an expression cannot print the name of a tag; write the tag out or use raw()"
	case langAttrValue:
		return "the name of this attribute is printed by an expression, so its value cannot be escaped; write the name out or use raw()"
	case langScheme:
		return "the scheme of this URL is printed by another expression, so the rest cannot be checked; print the whole URL by one expression or use raw()"
	case langScriptURL:
		return "an expression cannot print a part of a vbscript: URL; use raw() if it must"
	case langInnerTag:
		return "inside srcdoc an expression can stand only in text, not in a tag, script or style; use raw() if it must"
	case langPercent:
		return "an expression cannot stand right behind % in a javascript: URL; use raw() if it must"
	case langSlash:
		return "lcgi cannot tell whether a / in the script before this expression divides or begins a regular expression; put what stands before that / in parentheses, or the regular expression into a variable of its own"
	case langForeign:
		return "inside <svg> or <math>, an expression cannot stand right behind & in a script or style; put white space between or use raw()"
	}
	return "an expression cannot stand right behind a backslash; use raw() if it must" // langBackslash
}

// told is what followedBy says. As a loop is read again, so that expressions get
// another place, it remains true.
const told = bareWhole | bareGlued | nextSlash | nextValue | nextColon | nextHost | nextPart | hostPart | hostWhole

// mindsNext reports whether it matters what follows p.
func (p Place) mindsNext() bool {
	switch p.lang {
	case langURL, langURLTail, langURLRoot, langURLHost, langURLBehindHost, langURLPair:
		return true
	}
	return p.flags&bareStart != 0
}

// followedBy returns the place given that the literal text s may follow it or, if
// s is empty, another expression. What follows on several branches is told one
// after the other.
func (p Place) followedBy(s string) Place {
	if p.flags&bareStart != 0 {
		switch {
		case s == "":
			p.flags |= bareGlued
		case isHTMLSpace(s[0]), s[0] == '>', len(s) > 1 && s[:2] == "/>":
			p.flags |= bareWhole
		}
	}
	switch p.lang {
	case langURL, langURLTail, langURLRoot:
		if i := endOfScheme(s); i >= 0 && p.lang != langURLRoot {
			p.flags |= nextColon
			if i == 0 && (len(s) < 2 || isSlash(s[1]) && (len(s) < 3 || isSlash(s[2]))) {
				p.flags |= nextHost
			}
		}
		switch {
		case s == "":
			p.flags |= nextValue
		case isSlash(s[0]) && (p.lang == langURLRoot || len(s) < 2 || s[1] != '/'):
			p.flags |= nextSlash
		}
	case langURLHost, langURLBehindHost:
		if restOfHost(s) {
			p.flags |= hostPart
		} else {
			p.flags |= hostWhole
		}
		if s == "" && p.lang == langURLHost {
			p.flags |= hostPart
		}
	case langURLPair:
		if !p.endsComponent(s) {
			p.flags |= nextPart
		}
	}
	return p
}

// endsComponent reports whether literal text that begins with s goes on behind
// the component of a query that p stands in, or behind the URL.
func (p Place) endsComponent(s string) bool {
	if s == "" {
		return false
	}
	switch c := s[0]; {
	case p.in == inDouble && c == '"', p.in == inSingle && c == '\'', p.in == inBare && (c == '>' || isHTMLSpace(c)):
		return true
	case c == '&':
		s = leadingReference(s)
	}
	switch s[0] {
	case '&', '#':
		return true
	case '"', '\'', ')':
		return p.flags&enclosed != 0
	}
	return false
}

// endOfScheme returns the offset of the ":" before which s has nothing but what a
// scheme may consist of (RFC 3986, section 3.1) or browsers remove, or -1. It is 1
// for a character reference.
func endOfScheme(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c), isDigit(c), c == '+', c == '-', c == '.', c == '\t', c == '\n', c == '\r':
		case c == ':':
			return i
		case c == '&':
			decoded := html.UnescapeString(s[i:min(len(s), i+maxName)])
			if strings.HasPrefix(decoded, "&") || endOfScheme(decoded) < 0 {
				return -1
			}
			return max(i, 1)
		default:
			return -1
		}
	}
	return -1
}

// isSlash reports whether c is a slash to browsers (URL standard, 4.4).
func isSlash(c byte) bool { return c == '/' || c == '\\' }

// restOfHost reports whether s begins with the rest of a host and what follows
// that.
func restOfHost(s string) bool {
	n := 0
	for n < len(s) && (isNameStart(s[n]) || isDigit(s[n]) || s[n] == '-' || s[n] == '.' || s[n] == ':' || s[n] == '@') {
		n++
	}
	return n > 0 && n < len(s)
}

// special returns the bytes that cannot stand as they are in text at p.
func (p Place) special() asciiSet {
	if p.in == inBare {
		return htmlBare()
	}
	return htmlText()
}
