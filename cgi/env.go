package cgi

import "strings"

// Env holds the meta-variables of one request (RFC 3875 §4.1) by name, as the
// server sent them. A variable that is not set and one that is empty mean the
// same (RFC 3875 §4.1). HTTP_PROXY is never among them.
type Env map[string]string

// EnvFromEnviron builds an Env from NAME=value strings as [os.Environ] returns
// them. Of several values of one name the first counts, as with getenv(3).
//
// HTTP_PROXY is left out: it carries the client's "Proxy" header but has the
// name under which HTTP client libraries look for their proxy (httpoxy,
// CVE-2016-5385, RFC 3875 §4.1.18).
func EnvFromEnviron(environ []string) Env {
	env := make(Env, len(environ))
	for _, kv := range environ {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || name == "" || name == "HTTP_PROXY" {
			continue
		}
		if _, dup := env[name]; !dup {
			env[name] = value
		}
	}
	return env
}
