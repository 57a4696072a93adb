package cgi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Script is the page a request asks for.
type Script struct {
	File     string // absolute path of the page, symbolic links resolved
	Root     string // absolute path of the folder it is served from, links resolved
	Name     string // URL path of the page, decoded: "/shop/cart.lc"
	PathInfo string // decoded URL path behind it: "" or "/…"
}

// Script finds the page to run. Its file is a regular file below the
// document root whose name ends in one of the extensions, case-sensitively,
// before and after symbolic links are followed. Names and answers are the same
// on every server.
//
// The server names the page as SCRIPT_FILENAME (Apache with AddHandler or
// ScriptAlias, lighttpd's cgi.assign, the built-in server) or, where it was told
// to run the lcgi binary itself (Apache's Action, fcgiwrap), as PATH_TRANSLATED.
//
// The error is a [*StatusError]: 404 where there is no such page, 403 where it
// must not be run, 500 where the server did not say enough. Its reason names the
// setting to change.
func (r *Request) Script(extensions []string) (Script, error) {
	s, err := r.findScript(extensions)
	if err != nil {
		return Script{}, err
	}
	r.page.Script, r.page.found = s, true
	return s, nil
}

func (r *Request) findScript(extensions []string) (Script, error) {
	file := r.Env["SCRIPT_FILENAME"]
	if !hasExtension(file, extensions) {
		return r.translatedScript(extensions)
	}
	s := Script{Name: r.Env["SCRIPT_NAME"], PathInfo: r.Env["PATH_INFO"]}
	root := r.Env["DOCUMENT_ROOT"]
	if root == "" {
		// No part of RFC 3875, and small servers leave it out.
		var ok bool
		if root, ok = strings.CutSuffix(file, s.Name); !ok || s.Name == "" {
			return Script{}, &StatusError{Status: 500, Reason: "the server sets no DOCUMENT_ROOT; set it to the folder that holds the site"}
		}
		if root == "" {
			root = "/"
		}
	}
	err := s.resolve(file, root, extensions)
	// Apache tells the folder of an Alias, a ScriptAlias or a user's public_html.
	if context := r.Env["CONTEXT_DOCUMENT_ROOT"]; context != "" && errors.Is(err, errOutside) {
		if s.resolve(file, context, extensions) == nil {
			err = nil
		}
	}
	return s, err
}

// translatedScript finds the page where the script is the binary itself.
//
// Whoever may call the binary directly, as /cgi-bin/lcgi/secret.lc, chooses
// PATH_TRANSLATED, and the server has checked its rules for /cgi-bin/lcgi/… only,
// not for /secret.lc. PHP has the same hole and closes it with REDIRECT_STATUS
// (cgi.force_redirect, CA-1996-11). That variable alone is not enough: any CGI
// program that answers "Location: /cgi-bin/lcgi/secret.lc" (RFC 3875 §6.2.2)
// makes Apache set it, and some configurations set it for every request. So
// the server must also have handled the URL of the page itself:
//
//   - Apache's Action: the URL that was redirected (REDIRECT_URL) is the page's,
//     which is now PATH_INFO.
//   - nginx, told by fastcgi_param: SCRIPT_NAME is the page's, and
//     PATH_TRANSLATED is the document root followed by it.
func (r *Request) translatedScript(extensions []string) (Script, error) {
	translated, root := r.Env["PATH_TRANSLATED"], r.Env["DOCUMENT_ROOT"]
	name, info := r.Env["SCRIPT_NAME"], r.Env["PATH_INFO"]
	if translated == "" {
		return Script{}, &StatusError{Status: 404, Reason: fmt.Sprintf("SCRIPT_FILENAME %.200q is not a page (%s) and there is no PATH_TRANSLATED", r.Env["SCRIPT_FILENAME"], strings.Join(extensions, ", "))}
	}
	if root == "" {
		return Script{}, &StatusError{Status: 500, Reason: "the server sets PATH_TRANSLATED but no DOCUMENT_ROOT; set it to the folder that holds the site"}
	}
	root = strings.TrimRight(root, "/")
	if r.Env["REDIRECT_STATUS"] == "" {
		return Script{}, errDirectCall
	}
	var url, rest string // the URL path that led to translated, and what the server cut off behind it
	switch {
	case r.Env["REDIRECT_URL"] != "" && r.redirectedPath() == info:
		url = info
	case r.Env["REDIRECT_URL"] == "" && name != "" && translated == root+name:
		url, rest = name, info
	default:
		return Script{}, errDirectCall
	}
	below, ok := strings.CutPrefix(translated, root)
	if !ok || !strings.HasPrefix(below, "/") {
		return Script{}, &StatusError{Status: 403, Reason: fmt.Sprintf("page %.200q is outside DOCUMENT_ROOT %q: with Apache's Alias or UserDir use AddHandler cgi-script and a #! line in the pages instead of Action", translated, root)}
	}
	page, extra, ok := SplitPath(root, below, extensions)
	if !ok {
		return Script{}, notFound(translated, extensions)
	}
	s := Script{Name: strings.TrimSuffix(url, extra), PathInfo: extra + rest}
	return s, s.resolve(root+page, root, extensions)
}

// redirectedPath returns the path of REDIRECT_URL. With QualifyRedirectURL
// Apache makes it an absolute URL, which it does not escape: the query string is
// known by its text only.
func (r *Request) redirectedPath() string {
	url := r.Env["REDIRECT_URL"]
	if strings.HasPrefix(url, "/") {
		return url
	}
	_, rest, _ := strings.Cut(url, "://")
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return ""
	}
	rest = rest[i:]
	if q := r.Env["REDIRECT_QUERY_STRING"]; q != "" {
		rest = strings.TrimSuffix(rest, "?"+q)
	}
	return rest
}

// SplitPath splits a decoded URL path into that of the page it leads to and
// what follows, by looking at the files below root from the top: the first
// one that is no folder ends the page's path, as in Apache, so that nothing below
// or beside it can be named. It reports false where that is no page.
// Nothing is opened.
func SplitPath(root, path string, extensions []string) (page, pathInfo string, ok bool) {
	if strings.IndexByte(path, 0) >= 0 {
		return "", "", false
	}
	for end := 0; end < len(path); {
		next := strings.IndexByte(path[end+1:], '/')
		start := end + 1
		if next < 0 {
			end = len(path)
		} else {
			end = start + next
		}
		if element := path[start:end]; element == ".." {
			return "", "", false
		}
		info, err := os.Stat(root + path[:end])
		switch {
		case err != nil:
			return "", "", false
		case info.IsDir():
			continue
		}
		return path[:end], path[end:], info.Mode().IsRegular() && hasExtension(path[:end], extensions)
	}
	return "", "", false
}

// hasExtension reports whether file names a page. A name that is nothing but the
// extension is a hidden file.
func hasExtension(file string, extensions []string) bool {
	base := file[strings.LastIndexByte(file, '/')+1:]
	for _, ext := range extensions {
		if ext != "" && len(base) > len(ext) && strings.HasSuffix(base, ext) {
			return true
		}
	}
	return false
}

// errOutside is the cause of the error for a page that is not below its root.
var errOutside = errors.New("it is not below the document root")

// errDirectCall answers the same whether the page exists or not.
var errDirectCall = &StatusError{Status: 403, Reason: "the lcgi binary was called directly and not for a page: the server must set REDIRECT_STATUS and redirect the page's own URL (Apache: Action; nginx: see sample-site/deploy)"}

func notFound(file string, extensions []string) error {
	return &StatusError{Status: 404, Reason: fmt.Sprintf("there is no page %.200q (a regular file named *%s)", file, strings.Join(extensions, ", *"))}
}

// resolve sets s.File and s.Root after it has made sure that file is a page
// below root.
func (s *Script) resolve(file, root string, extensions []string) error {
	if !filepath.IsAbs(file) || !filepath.IsAbs(root) {
		return &StatusError{Status: 500, Reason: fmt.Sprintf("page %.200q and document root %.200q must be absolute paths", file, root)}
	}
	if strings.IndexByte(file, 0) >= 0 || !hasExtension(file, extensions) {
		return notFound(file, extensions)
	}
	realRoot, err := filepath.EvalSymlinks(root)
	if err != nil {
		return &StatusError{Status: 500, Reason: "document root", Err: err}
	}
	realFile, err := filepath.EvalSymlinks(file)
	var info fs.FileInfo
	if err == nil {
		info, err = os.Lstat(realFile)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &StatusError{Status: 403, Reason: "page", Err: err}
	case err != nil:
		return &StatusError{Status: 404, Reason: "page", Err: err}
	}
	below := strings.TrimSuffix(realRoot, "/") + "/"
	switch {
	case !strings.HasPrefix(realFile, below):
		return &StatusError{Status: 404, Reason: fmt.Sprintf("page %.200q leads to %.200q", file, realFile), Err: errOutside}
	case !info.Mode().IsRegular() || !hasExtension(realFile, extensions):
		return notFound(realFile, extensions)
	case isExecutable(info):
		return &StatusError{Status: 403, Reason: fmt.Sprintf("page %.200q is the lcgi binary", realFile)}
	}
	s.File, s.Root = realFile, realRoot
	return nil
}

// isExecutable reports whether info is that of the running program, whose bytes
// are never a page, whatever its name.
func isExecutable(info fs.FileInfo) bool {
	exe, err := os.Executable()
	if err != nil {
		return false
	}
	self, err := os.Stat(exe)
	return err == nil && os.SameFile(info, self)
}
