package servers

import (
	"errors"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startGateway runs each page by net/http/cgi in a process of its own. That
// package maps one program to one URL; which page a URL means is found here, as
// a server with PATH_INFO support does it.
func (s *Server) startGateway(tb testing.TB, site Site) {
	tb.Helper()
	listener, err := net.Listen("tcp", s.Addr)
	if err != nil {
		tb.Fatal(err)
	}
	logName := s.path("gateway.log")
	logFile, err := os.OpenFile(logName, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		tb.Fatal(err)
	}
	s.logFile(logName)
	g := &gateway{root: s.Root, binary: site.Binary, log: logFile}
	g.env = append(g.env, "LCGI_SESSION_SAVE_PATH="+s.Sessions)
	for name, value := range site.Env {
		g.env = append(g.env, name+"="+value)
	}
	server := &http.Server{Handler: g, ErrorLog: log.New(logFile, "", 0)}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	s.stop = func() {
		server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("the gateway ended: %v", err)
		}
		logFile.Close()
	}
}

type gateway struct {
	root   string
	binary string
	env    []string
	log    *os.File
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, extra, found := splitPath(g.root, r.URL.Path)
	if !found || strings.HasPrefix(filepath.Base(name), ".") {
		http.NotFound(w, r)
		return
	}
	page := filepath.Join(g.root, filepath.FromSlash(name))
	program := &cgi.Handler{
		Path:   g.binary,
		Root:   name,
		Dir:    filepath.Dir(page),
		Stderr: g.log,
		Logger: log.New(g.log, "", 0),
		Env: append([]string{
			"DOCUMENT_ROOT=" + g.root,
			"SCRIPT_FILENAME=" + page,
			"PATH_INFO=" + extra,
		}, g.env...),
	}
	program.ServeHTTP(w, r)
}

// splitPath finds the page that the beginning of a URL path names.
func splitPath(root, urlPath string) (name, extra string, found bool) {
	for end := 1; end <= len(urlPath); end++ {
		if end < len(urlPath) && urlPath[end] != '/' {
			continue
		}
		info, err := fs.Stat(os.DirFS(root), strings.TrimPrefix(urlPath[:end], "/"))
		switch {
		case err != nil:
			return "", "", false
		case info.Mode().IsRegular() && filepath.Ext(urlPath[:end]) == ".lc":
			return urlPath[:end], urlPath[end:], true
		}
	}
	return "", "", false
}
