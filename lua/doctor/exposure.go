package doctor

import "strings"

// An exposure says how much of a variable is told. The environment of a process
// holds what its administrator has put there, under any name and in any form. So
// what is not known to be harmless is not told.
type exposure string

const (
	concealed exposure = ""        // its length
	plain     exposure = "plain"   // all of it
	address   exposure = "address" // a path or URL, without what it holds beside a path
	origin    exposure = "origin"  // of a URL, what stands before its path
	query     exposure = "query"   // the names of the fields
)

// exposureOf returns how much is told of a variable. After an internal redirect
// Apache puts REDIRECT_ before the names of all that there were.
func exposureOf(name string) exposure {
	for {
		if e := ofServer(name); e != concealed {
			return e
		}
		if header, ok := strings.CutPrefix(name, "HTTP_"); ok {
			return ofHeader(header)
		}
		rest, ok := strings.CutPrefix(name, "REDIRECT_")
		if !ok {
			return concealed
		}
		name = rest
	}
}

// ofServer knows the variables that servers make.
func ofServer(name string) exposure {
	switch name {
	// RFC 3875 §4.1
	case "AUTH_TYPE", "CONTENT_LENGTH", "CONTENT_TYPE", "GATEWAY_INTERFACE", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_IDENT",
		"REMOTE_USER", "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE":
		return plain
	case "PATH_INFO", "PATH_TRANSLATED":
		return address
	case "QUERY_STRING":
		return query

	// What all servers add, and lcgi serve.
	case "DOCUMENT_ROOT", "HTTPS", "REMOTE_PORT", "REQUEST_SCHEME", "SCRIPT_FILENAME", "SERVER_ADDR":
		return plain
	case "REQUEST_URI":
		return address

	// Apache: util_script.c, mod_cgid, mod_rewrite, mod_unique_id, mod_http2
	case "CONTEXT_DOCUMENT_ROOT", "CONTEXT_PREFIX", "SERVER_ADMIN", "SERVER_SIGNATURE", "REDIRECT_STATUS", "REDIRECT_HANDLER",
		"UNIQUE_ID", "H2PUSH", "H2_PUSH", "H2_STREAM_ID", "H2_STREAM_TAG", "HTTP2",
		"DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "LIBPATH", "PATH", "SHLIB_PATH", "TZ":
		return plain
	case "REDIRECT_URL", "SCRIPT_URL", "SCRIPT_URI":
		return address
	// Apache: mod_ssl
	case "SSL_CIPHER", "SSL_CIPHER_ALGKEYSIZE", "SSL_CIPHER_EXPORT", "SSL_CIPHER_USEKEYSIZE", "SSL_CLIENT_VERIFY", "SSL_COMPRESS_METHOD",
		"SSL_PROTOCOL", "SSL_SECURE_RENEG", "SSL_SESSION_RESUMED", "SSL_TLS_SNI", "SSL_VERSION_INTERFACE", "SSL_VERSION_LIBRARY":
		return plain

	// nginx: fastcgi_params; fcgiwrap
	case "FCGI_ROLE", "NO_BUFFERING":
		return plain
	case "DOCUMENT_URI":
		return address

	// lighttpd: mod_cgi
	case "LD_PRELOAD":
		return plain
	case "REDIRECT_URI":
		return address

	// The shell or the service that has started the process.
	case "LANG", "LC_ALL", "LC_CTYPE", "OLDPWD", "PWD", "SHLVL":
		return plain
	}
	return concealed
}

// ofHeader knows the headers that browsers and proxies send, by their names as
// variables without HTTP_.
func ofHeader(name string) exposure {
	switch name {
	case "ACCEPT", "ACCEPT_CHARSET", "ACCEPT_ENCODING", "ACCEPT_LANGUAGE", "ACCEPT_RANGES", "CACHE_CONTROL", "CONNECTION",
		"CONTENT_ENCODING", "CONTENT_LANGUAGE", "CONTENT_LENGTH", "CONTENT_TYPE", "DATE", "DNT", "EXPECT", "HOST", "IF_MATCH",
		"IF_MODIFIED_SINCE", "IF_NONE_MATCH", "IF_RANGE", "IF_UNMODIFIED_SINCE", "KEEP_ALIVE", "MAX_FORWARDS", "PRAGMA", "PRIORITY",
		"RANGE", "SAVE_DATA", "TE", "TRAILER", "TRANSFER_ENCODING", "UPGRADE", "UPGRADE_INSECURE_REQUESTS", "USER_AGENT", "VIA",
		"X_REQUESTED_WITH":
		return plain
	case "SEC_CH_UA", "SEC_CH_UA_ARCH", "SEC_CH_UA_BITNESS", "SEC_CH_UA_FULL_VERSION", "SEC_CH_UA_FULL_VERSION_LIST", "SEC_CH_UA_MOBILE",
		"SEC_CH_UA_MODEL", "SEC_CH_UA_PLATFORM", "SEC_CH_UA_PLATFORM_VERSION", "SEC_CH_PREFERS_COLOR_SCHEME",
		"SEC_CH_PREFERS_REDUCED_MOTION", "SEC_FETCH_DEST", "SEC_FETCH_MODE", "SEC_FETCH_SITE", "SEC_FETCH_USER", "SEC_GPC", "SEC_PURPOSE":
		return plain
	case "FORWARDED", "FRONT_END_HTTPS", "HTTPS", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PORT", "X_FORWARDED_PROTO",
		"X_FORWARDED_SERVER", "X_FORWARDED_SSL", "X_REAL_IP",
		"CF_CONNECTING_IP", "CF_IPCOUNTRY", "CF_RAY", "CF_VISITOR", "CDN_LOOP", "TRUE_CLIENT_IP":
		return plain
	case "ORIGIN", "REFERER":
		return origin
	}
	return concealed
}
