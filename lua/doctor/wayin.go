package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"lcgi/lua/shell"
)

// required are the meta-variables that a server must send with every request
// (RFC 3875 §4.1). Those that depend on the request are not among them.
const required = "GATEWAY_INTERFACE QUERY_STRING REMOTE_ADDR REQUEST_METHOD SCRIPT_NAME SERVER_NAME SERVER_PORT SERVER_PROTOCOL SERVER_SOFTWARE"

func (e *examination) wayIn() {
	software := e.env("SERVER_SOFTWARE")
	switch e.Way {
	case WayCGI:
		if software == "" {
			software = "a server that does not say its name"
		}
		e.found(OK, "way in", "CGI, called by "+software, "")
	case WayServe:
		e.found(OK, "way in", "lcgi serve, the built-in server", "")
	case WayRun:
		e.found(OK, "way in", "lcgi run, on the command line", "")
	default:
		e.found(Note, "way in", "the command line: settings and rights are those of this shell, not those of a web server", "put the sample site's doctor.lc into the site and open it in a browser")
	}
	e.page()
	e.root()
	if e.Request == nil {
		return
	}
	e.requiredVariables()
	e.proxies()
	e.httpProxy()
}

// page tells which variable has led to the page.
func (e *examination) page() {
	if e.Page == "" {
		return
	}
	by := "PATH_TRANSLATED"
	if e.isPage(e.env("SCRIPT_FILENAME")) {
		by = "SCRIPT_FILENAME"
	}
	e.found(OK, "page", fmt.Sprintf("%s, named by %s", e.Page, by), "")
}

func (e *examination) isPage(file string) bool {
	return slices.ContainsFunc(e.Extensions, func(ext string) bool { return strings.HasSuffix(file, ext) })
}

func (e *examination) root() {
	const name = "document root"
	info, err := os.Stat(e.Root)
	switch {
	case e.Root == "":
		e.found(Error, name, "it is not known", "nginx: fastcgi_param DOCUMENT_ROOT $document_root;")
	case errors.Is(err, fs.ErrNotExist):
		e.found(Error, name, e.Root+" does not exist", "mkdir -p "+shell.Quote(e.Root))
	case err != nil:
		e.found(Error, name, fmt.Sprintf("%s cannot be reached: %s", e.Root, reason(err)), "namei -l "+shell.Quote(e.Root)+" shows which folder is closed; to open it: chmod o+x")
	case !info.IsDir():
		e.found(Error, name, e.Root+" is no folder", "name the folder of the pages")
	case e.Request != nil && e.env("DOCUMENT_ROOT") == "":
		e.found(Warning, name, e.Root+", which is a guess: the server does not send DOCUMENT_ROOT", "nginx: fastcgi_param DOCUMENT_ROOT $document_root;")
	default:
		e.found(OK, name, e.Root, "")
	}
}

// requiredVariables names what the server fails to send. A variable may be empty
// and may then be missing, too (RFC 3875 §4.1), except QUERY_STRING (§4.1.7).
func (e *examination) requiredVariables() {
	var missing []string
	for name := range strings.FieldsSeq(required) {
		if value, ok := e.Request.Env[name]; !ok || value == "" && name != "QUERY_STRING" {
			missing = append(missing, name)
		}
	}
	if name, sent := e.Request.Env["SERVER_NAME"]; sent && name == "" && len(missing) == 1 {
		e.found(Warning, "RFC 3875", "the server sends an empty SERVER_NAME: its configuration does not name the site", "nginx: server_name www.example.org; Apache: ServerName www.example.org")
		return
	}
	if len(missing) > 0 {
		e.found(Warning, "RFC 3875", "the server does not send "+strings.Join(missing, ", "), "nginx: include fastcgi_params; other servers: their CGI module, unchanged")
		return
	}
	e.found(OK, "RFC 3875", "the server sends all variables that it must", "")
}

// forwarding are the headers by which proxies say what the client's connection
// was like, and by which a client can lie.
const forwarding = "X_FORWARDED_FOR X_FORWARDED_PROTO X_FORWARDED_HOST X_FORWARDED_SSL X_FORWARDED_PORT X_REAL_IP FORWARDED FRONT_END_HTTPS HTTPS"

func (e *examination) proxies() {
	var headers []string
	for name := range strings.FieldsSeq(forwarding) {
		if e.env("HTTP_"+name) != "" {
			headers = append(headers, headerName(name))
		}
	}
	from := e.env("REMOTE_ADDR")
	if from == "" {
		from = "unix:" // as LCGI_TRUSTED_PROXIES has it
	}
	scheme := e.Request.Scheme()
	switch {
	case len(headers) == 0:
		e.found(OK, "proxy", "no headers of one; the scheme is "+scheme, "")
	case e.Request.FromTrustedProxy():
		e.found(OK, "proxy", fmt.Sprintf("%s is trusted and sends %s; the scheme is %s", from, strings.Join(headers, ", "), scheme), "")
	default:
		e.found(Warning, "proxy", fmt.Sprintf("%s sends %s, which count nothing as it is not trusted; the scheme is %s", from, strings.Join(headers, ", "), scheme), "if that is a proxy of yours: LCGI_TRUSTED_PROXIES="+from)
	}
}

// headerName spells the name of a header as people do.
func headerName(variable string) string {
	words := strings.Split(strings.ToLower(variable), "_")
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "-")
}

// httpProxy looks for the variable that a client's header Proxy becomes, which
// programs take for their proxy (CVE-2016-5385).
func (e *examination) httpProxy() {
	value, _ := lookup(e.Environ, "HTTP_PROXY")
	switch {
	case value == "":
		e.found(OK, "HTTP_PROXY", "is not set", "")
	case e.Way == WayCGI:
		e.found(Warning, "HTTP_PROXY", "is set, by the server or by a client's header Proxy; lcgi leaves it out, other programs may not", "Apache: RequestHeader unset Proxy early; nginx: fastcgi_param HTTP_PROXY \"\";")
	default:
		e.found(Note, "HTTP_PROXY", "is set in the environment; pages do not see it", "use https_proxy in small letters for programs that need one")
	}
}
