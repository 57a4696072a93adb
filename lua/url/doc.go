// Package url gives Lua pages the parts of URLs (RFC 3986), and what makes them.
//
// The parts are text as it stands in the URL: what is escaped in it stays
// escaped, so that no "%2F" becomes a separator. What browsers read otherwise
// than RFC 3986, such as a backslash or two at signs, is no URL here: a page that
// looks at the host before it sends a visitor there must see what they see.
package url
