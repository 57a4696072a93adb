package cgi

import (
	"os"
	"strings"
)

// Env holds the meta-variables of one request (RFC 3875 §4.1) by name, as the
// server sent them. A variable that is not set and one that is empty mean the
// same (RFC 3875 §4.1). HTTP_PROXY is never among them.
type Env map[string]string

// Environ returns the environment of the process as it was started with, where the
// system has /proc, and else what [os.Environ] returns: that has only the first of
// several variables of one name, and what [EnvFromEnviron] must not believe looks
// as if it were there once. It takes longer than os.Environ.
func Environ() []string {
	b, err := os.ReadFile("/proc/self/environ")
	if err != nil || len(b) == 0 {
		return os.Environ()
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// EnvFromEnviron builds an Env from NAME=value strings as [Environ] and [os.Environ]
// return them. Of several values of one name the first counts, as with getenv(3).
//
// An X-Forwarded header that is there more than once counts for nothing. Of two
// headers, the one of the client and the one of a proxy, servers make two variables
// (nginx with fcgiwrap; lighttpd also of X_Forwarded_For and X.Forwarded.For), and
// nobody can tell which of them the proxy has written.
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
		} else if strings.HasPrefix(name, "HTTP_X_FORWARDED_") {
			env[name] = "" // as if it were not set, also for the next one
		}
	}
	return env
}
