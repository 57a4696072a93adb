package template

import "errors"

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
	langHTML      lang = iota // text, in HTML or in an attribute
	langComment               // the text of an HTML comment
	langName                  // the name of an attribute without a value
	langHeading               // the number in a tag such as h1
	langURL                   // a URL from its beginning
	langURLTail               // the rest of what may still be a scheme or a first segment
	langURLRoot               // the path behind the "/" that a URL begins with
	langURLPath               // the path, or authority, behind that
	langURLQuery              // one component behind "?" or "#"
	langURLList               // srcset: URLs with descriptors
	langSrcdoc                // HTML text inside an attribute
	langJS                    // a JavaScript value
	langJSString              // text inside a JavaScript string
	langJSPattern             // text inside a regular expression literal
	langJSON                  // a JSON value
	langCSS                   // a word or number of a style sheet
	langCSSString             // text inside a string of a style sheet
	langNothing               // a comment in JavaScript or CSS, where nothing is printed
	langTag                   // a part of the name of a tag; here and below nothing can be escaped
	langAttrValue             // the value of an attribute that an expression names
	langScheme                // behind a scheme that an expression has printed
	langScriptURL             // behind vbscript:
	langInnerTag              // a tag, script or style in srcdoc
	langBackslash             // behind a backslash
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

type flags uint8

const (
	bareStart   flags = 1 << iota // it is the first thing in an attribute value without quotes
	bareWhole                     // and nothing else of the value follows
	bareGlued                     // and another expression follows
	inURL                         // JavaScript in a URL, which is percent-decoded before it runs
	inBackquote                   // text in a JavaScript template literal
)

// Append appends the value s of the given kind to dst, escaped for p, and
// returns the extended slice. Whatever bytes s has, they stay inside the place:
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
		dst, err = appendName(dst, kind, s)
	case langHeading:
		dst, err = appendHeading(dst, s)
	case langURL, langURLTail, langURLRoot, langURLPath:
		dst = appendURL(dst, s, p)
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
	default:
		if kind != Nil { // cond and raw("…") prints nothing where cond is nil
			return dst, errors.New(p.lang.refusal())
		}
	}
	if err != nil || len(dst) > n {
		return dst, err
	}
	switch {
	case p.flags&bareWhole != 0: // name= other=x would make other=x the value of name
		dst = append(dst, `""`...)
	case p.flags&bareGlued != 0:
		err = errors.New("the value of an attribute without quotes is empty; put quotes around the value in the page")
	}
	return dst, err
}

// refusal says why no value can be printed in a place of this kind.
func (l lang) refusal() string {
	switch l {
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
	}
	return "an expression cannot stand right behind a backslash; use raw() if it must" // langBackslash
}

// followedBy returns the place given that the literal text s follows it or, if s
// is empty, another expression.
func (p Place) followedBy(s string) Place {
	if p.flags&bareStart == 0 {
		return p
	}
	switch {
	case s == "":
		p.flags |= bareGlued
	case isHTMLSpace(s[0]), s[0] == '>', len(s) > 1 && s[:2] == "/>":
		p.flags |= bareWhole
	}
	return p
}

// special returns the bytes that cannot stand as they are in text at p.
func (p Place) special() asciiSet {
	if p.in == inBare {
		return htmlBare()
	}
	return htmlText()
}
