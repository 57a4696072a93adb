package lua

import (
	"net/url"
	"slices"
	"strings"

	"lcgi/cgi"
	"lcgi/session/links"
)

// tracking is how the visitor carries the id from one request to the next.
type tracking struct {
	cookie    bool   // in a cookie
	link      bool   // in links and forms
	auto      bool   // in links until the cookie has come back
	parameter string // the name of the link parameter; "" is the session's, which counts only where links are tracked
	relative  bool   // absolute links are left alone, also those to this site
}

// trackings are the values of the option track.
var trackings = []struct {
	name string
	tracking
}{
	{"cookie", tracking{cookie: true}},
	{"link", tracking{link: true}},
	{"both", tracking{cookie: true, link: true}},
	{"auto", tracking{cookie: true, link: true, auto: true}},
	{"none", tracking{}},
}

// linkParameter returns the name and the value by which a link leads to the
// session. A parameter that is not named like the session may be shared by
// several, so its value says which one it means.
func (t tracking) linkParameter(name, id string) links.Param {
	if t.parameter == "" || t.parameter == name {
		return links.Param{Name: name, Value: id}
	}
	return links.Param{Name: t.parameter, Value: id + "_" + name}
}

// linkedIDs returns the ids that the request's query and form carry for a
// session. A link from another site is not believed: it may be there to make the
// visitor use a session that its author knows.
func linkedIDs(r *cgi.Request, name, parameter string) (ids []string, err error) {
	if fromElsewhere(r) {
		return nil, nil
	}
	if parameter == "" {
		parameter = name
	}
	for _, form := range []func() ([]cgi.Field, error){r.Get, r.Post} {
		fields, err := form()
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			if f.Name == parameter {
				ids = append(ids, linkedID(f.Value, name, parameter))
			}
		}
	}
	return ids, nil
}

// fromElsewhere reports whether another site led to the request, as far as the
// browser tells. Those that send no Sec-Fetch-Site (to http they all leave it out)
// mostly send a Referer. A sister site of the same domain is another one.
func fromElsewhere(r *cgi.Request) bool {
	switch strings.ToLower(r.Header("Sec-Fetch-Site")) {
	case "same-origin", "none":
		return false
	case "":
	default:
		return true
	}
	referer, err := url.Parse(r.Header("Referer"))
	return err != nil || referer.Host != "" && !strings.EqualFold(referer.Host, r.Host())
}

// linkedID returns the id in the value of a link parameter: <id>, or, where the
// parameter is not the session's own, <id>_<name> or <name>:<id>. Who made it
// up does not matter here.
func linkedID(value, name, parameter string) string {
	if parameter == name {
		return value
	}
	if id, ok := strings.CutSuffix(value, "_"+name); ok {
		return id
	}
	id, _ := strings.CutPrefix(value, name+":")
	return id
}

// token returns what leads to p behind the "?" or "&" of a URL.
func (p *pageSession) token() string {
	param := p.tracking.linkParameter(p.Name(), p.ID())
	return url.QueryEscape(param.Name) + "=" + url.QueryEscape(param.Value)
}

// linkParams returns the parameters by which links lead to the sessions that are tracked
// so: those that are stored, and those that may be at the end of the page.
func (s *sessions) linkParams() (params []links.Param) {
	for i, p := range s.started {
		again := slices.ContainsFunc(s.started[i+1:], func(q *pageSession) bool { return q.decorate && q.Name() == p.Name() })
		if p.decorate && !again && (p.Stored() || !p.over && !p.asked.ReadOnly) {
			params = append(params, p.tracking.linkParameter(p.Name(), p.ID()))
		}
	}
	return params
}

// decorateAnswer makes the links of the answer carry the parameters. It must come before
// the headers are sent.
func (s *sessions) decorateAnswer(run *run, params []links.Param) error {
	if err := s.decorateHeader(run, params, run.w.Header("Location")); err != nil {
		return err
	}
	return s.decorateBody(run, params)
}

// decorateHeader makes the headers of the answer those of a page with the parameters in
// its links; location is that of the page.
func (s *sessions) decorateHeader(run *run, params []links.Param, location string) error {
	// An id in the address of the page must go no further either: not in the
	// Referer of what the page links to, and not with a copy of the page.
	linked := slices.ContainsFunc(s.started, func(p *pageSession) bool { return p.linked })
	if params != nil || linked {
		for _, h := range []cgi.Field{{Name: "Cache-Control", Value: "no-store"}, {Name: "Referrer-Policy", Value: "same-origin"}} {
			if err := run.w.SetHeader(h.Name, h.Value); err != nil {
				return err
			}
		}
	}
	if location != "" && params != nil {
		location = s.rewriter(run, params).URL(location)
	}
	if location == run.w.Header("Location") {
		return nil
	}
	return run.w.SetHeader("Location", location)
}

// decorateBody makes the links of a page carry the parameters.
func (s *sessions) decorateBody(run *run, params []links.Param) error {
	if params == nil || !isHTML(run.w.Header("Content-Type")) {
		return nil
	}
	return run.w.SetFilter(s.rewriter(run, params))
}

// rewriter returns what puts the parameters into the links of the answer.
func (s *sessions) rewriter(run *run, params []links.Param) *links.Rewriter {
	host := run.ownHost()
	if slices.ContainsFunc(s.started, func(p *pageSession) bool { return p.decorate && p.tracking.relative }) {
		host = ""
	}
	return links.New(links.Config{
		Scheme: run.r.Scheme(),
		Host:   host,
		Path:   (&url.URL{Path: run.r.Path()}).EscapedPath(),
		Query:  run.r.Query(),
		Params: params,
	})
}

// ownHost returns the host by which absolute links lead to this site, "" if it is
// not known for sure: the client chooses the Host header, so the server must
// call itself the same.
func (run *run) ownHost() string {
	host := run.r.Host()
	name, port := run.r.Env["SERVER_NAME"], run.r.Env["SERVER_PORT"]
	own, ownPort := host, ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		own, ownPort = host[:i], host[i+1:]
	}
	if ownPort == "" {
		ownPort = map[bool]string{false: "80", true: "443"}[run.r.HTTPS()]
	}
	if strings.EqualFold(strings.Trim(own, "[]"), strings.Trim(name, "[]")) && (ownPort == port || port == "") {
		return host
	}
	return ""
}

// isHTML reports whether a Content-Type is that of pages with links. Without
// one the answer is HTML. XHTML is not: it is no HTML to a browser.
func isHTML(contentType string) bool {
	mime, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(mime)) {
	case "", "text/html":
		return true
	}
	return false
}
