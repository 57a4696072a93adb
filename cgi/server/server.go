//go:build !cgionly

package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"lcgi/cgi"
)

const (
	defaultAddr         = "localhost:8080"
	defaultGrace        = 10 * time.Second
	defaultWriteTimeout = 30 * time.Second

	// A client that dawdles holds a connection (slowloris): it has this long
	// for the headers, for a body that nobody asked for, and between two
	// requests. Package cgi says how long the body of a page may take.
	headerTimeout = 10 * time.Second
	discardTime   = 2 * time.Second
	idleTimeout   = 2 * time.Minute

	// endTime is how long pages may take to end that have been told to at a
	// shutdown. The rest of their grace is over: what they do is to give up, and
	// to remove their uploads. It must be longer than streamGrace in package lua, which
	// a page that streams has until its next write.
	endTime = 3 * time.Second

	// headerSlack is what net/http counts beside the header fields themselves.
	headerSlack = 8 << 10
)

// Server serves one folder. It is made by [New].
type Server struct {
	conf      Config
	root      string // absolute, links resolved
	gateway   cgi.Gateway
	pages     context.Context // bounds the pages that run
	endPages  context.CancelCauseFunc
	log       *requestLog
	http      *http.Server
	listeners []net.Listener
	local     bool // only this machine can reach the listeners
	unused    unusedConns
	running   runningPages
	discard   time.Duration // discardTime
}

// New returns a server for conf. The error says when the root is no folder.
//
// While the server listens on loopback addresses only, it answers requests for
// localhost, IP addresses and conf.Hosts alone: a page elsewhere whose name has
// been pointed at 127.0.0.1 could read everything otherwise (DNS
// rebinding; CVE-2025-24010 is the same hole in another development server).
func New(conf Config) (*Server, error) {
	if conf.Handler == nil {
		return nil, errors.New("server: no handler")
	}
	root, err := filepath.Abs(cmp.Or(conf.Root, "."))
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil, fmt.Errorf("site folder: %w", err)
	}
	files, err := os.OpenRoot(root)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("site folder %s is a file: name the folder it is in", root)
	}
	if err != nil {
		return nil, fmt.Errorf("site folder: %w", err)
	}
	files.Close()
	conf.Addr = cmp.Or(conf.Addr, defaultAddr)
	conf.Software = cmp.Or(conf.Software, "lcgi")
	conf.Grace = cmp.Or(conf.Grace, defaultGrace)
	conf.WriteTimeout = cmp.Or(conf.WriteTimeout, defaultWriteTimeout)
	if conf.Extensions == nil {
		conf.Extensions = []string{".lc"}
	}
	if conf.Log == nil {
		conf.Log = io.Discard
	}
	if conf.Now == nil {
		conf.Now = time.Now
	}
	s := &Server{conf: conf, root: root, discard: discardTime}
	s.pages, s.endPages = context.WithCancelCause(context.Background())
	s.log = &requestLog{out: conf.Log, color: conf.Color, now: conf.Now}
	s.gateway = cgi.Gateway{
		Handler:        conf.Handler,
		Limits:         conf.Limits,
		UploadDir:      conf.UploadDir,
		TrustedProxies: conf.TrustedProxies,
		Reasons:        conf.Reasons,
		Logf:           s.log.printf,
		Now:            conf.Now,
	}
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    conf.Limits.WithDefaults().Headers + headerSlack,
		ErrorLog:          log.New(s.log, "", 0),
		ConnState:         s.unused.note,
	}
	return s, nil
}

// Listen opens the address. After it returned nil, connections are accepted and
// wait for [Server.Serve].
func (s *Server) Listen() error {
	host, port, err := net.SplitHostPort(s.conf.Addr)
	if err != nil {
		return fmt.Errorf("listen on %q: the address must be host:port, for example localhost:8080 or :8080", s.conf.Addr)
	}
	hosts := []string{host}
	if host == "localhost" {
		hosts = []string{"127.0.0.1", "::1"}
	}
	s.local = true
	for _, h := range hosts {
		l, err := net.Listen("tcp", net.JoinHostPort(h, port))
		if err != nil {
			// A machine may have only one of IPv4 and IPv6. A port that
			// another program has on one of them is no such case: browsers
			// would reach that program.
			if len(s.listeners)+1 < len(hosts) && unavailable(err) || len(s.listeners) > 0 && unavailable(err) {
				continue
			}
			s.closeListeners()
			return listenError(s.conf.Addr, port, err)
		}
		addr := l.Addr().(*net.TCPAddr)
		if port == "0" {
			port = fmt.Sprint(addr.Port) // the same for IPv4 and IPv6
		}
		s.local = s.local && addr.IP.IsLoopback()
		s.listeners = append(s.listeners, l)
	}
	return nil
}

func unavailable(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}

func listenError(addr, port string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("listen on %s: port %s is in use by another program, perhaps another lcgi: stop it or choose another port, for example lcgi serve -listen localhost:8081", addr, port)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("listen on %s: you may not use port %s: choose one above 1023, for example lcgi serve -listen localhost:8080", addr, port)
	}
	return fmt.Errorf("listen on %s: %w", addr, err)
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close()
	}
	s.listeners = nil
}

// URL returns the address of the site for a browser on this machine; it is
// empty before [Server.Listen].
func (s *Server) URL() string {
	if len(s.listeners) == 0 {
		return ""
	}
	addr := s.listeners[0].Addr().(*net.TCPAddr)
	host, _, _ := net.SplitHostPort(s.conf.Addr)
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + strings.TrimSuffix(net.JoinHostPort(host, fmt.Sprint(addr.Port)), ":80") + "/"
}

// errShutdown is why pages are ended at a shutdown, as where a web server ends a CGI
// program by SIGTERM.
func errShutdown() error {
	return &cgi.StatusError{Status: 503, Reason: "the server has been told to end, and the page has outlasted its grace"}
}

// Serve answers requests until ctx ends, then lets those that run come to their
// end for [Config.Grace], tells those that are left to end, waits three seconds at most
// until they have, and returns nil. It calls [Server.Listen] where that has not been
// done, and writes the URL to the log.
func (s *Server) Serve(ctx context.Context) error {
	defer s.endPages(errShutdown())
	if s.listeners == nil {
		if err := s.Listen(); err != nil {
			return err
		}
	}
	s.log.printf("serving %s at %s", s.root, s.URL())
	if !s.local {
		s.log.printf("every machine that can reach this one can see the site")
	}
	failed := make(chan error, len(s.listeners))
	var wait sync.WaitGroup
	for _, l := range s.listeners {
		wait.Go(func() { failed <- s.http.Serve(l) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.unused.close()
	grace, cancel := context.WithTimeout(context.Background(), s.conf.Grace)
	defer cancel()
	if s.http.Shutdown(grace) != nil {
		s.endPages(errShutdown())
		s.http.Close()
		s.running.wait(endTime)
	}
	wait.Wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", s.conf.Addr, err)
	}
	return nil
}
