package lua

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"lcgi/cgi"
	"lcgi/lua/crypto"
	"lcgi/lua/vm"
	"lcgi/session"
)

// Config is what an Engine is made of.
type Config struct {
	Settings

	// Cache keeps compiled pages from one request to the next. A page that was
	// edited is compiled anew. Processes that answer one request do without.
	Cache bool

	// OpenStore opens the store of a save path; "" means the default folder of
	// the site with the given document root. Folders is where the private folders
	// of its sessions go.
	OpenStore func(savePath, root string) (store session.Store, folders string, err error)

	// Version returns that of the program, and Given how a setting is written and
	// where, such as "environment"; "" where it is not made. The module doctor tells
	// both. Where Given is nil, settings are made in the environment.
	Version func() string
	Given   func(setting string) (value, source string)

	// OnStream is called before a page sends the first part of a stream; nil is
	// nothing.
	OnStream func()

	Logf func(format string, args ...any) // takes lines for the log; nil drops them
	Now  func() time.Time                 // the clock; nil is time.Now
	Rand func(n int) int                  // a number in [0,n), for when sessions are swept by chance; nil is rand.IntN
}

// Engine runs pages. It implements cgi.Handler and is shared by goroutines.
type Engine struct {
	cfg     Config
	library *vm.Library
	cache   *cache // nil: every request compiles

	programs  atomic.Uint64 // how many pages have been compiled
	passwords *crypto.Gate  // of all hashing at once

	mu       sync.Mutex
	stores   map[string]openStore   // by save path, and document root where that is empty
	builtins map[string]*vm.Program // modules that are part of lcgi, once they have been used
}

// New returns an engine for the given configuration.
func New(cfg Config) *Engine {
	if cfg.Logf == nil {
		cfg.Logf = func(string, ...any) {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Given == nil {
		cfg.Given = inEnvironment
	}
	if cfg.OnStream == nil {
		cfg.OnStream = func() {}
	}
	e := &Engine{cfg: cfg, library: newLibrary(), passwords: crypto.NewGate(), stores: make(map[string]openStore)}
	if cfg.Cache {
		e.cache = newCache()
	}
	return e
}

// sessions returns the session engine of a save path. Sites without one have
// each their own: what a visitor is in one must not count in another.
func (e *Engine) sessions(savePath, root string) (*session.Engine, error) {
	key := savePath
	if savePath == "" {
		key = "default of " + root
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if s, ok := e.stores[key]; ok && s.inPlace() {
		return s.engine, checkOutside(s.dir, root)
	}
	dir := ""
	if savePath != "" {
		dir = realPath(savePath)
		if err := checkOutside(dir, root); err != nil {
			return nil, err
		}
	}
	store, folders, err := e.cfg.OpenStore(savePath, root)
	if err != nil {
		return nil, err
	}
	s := session.New(store, session.Config{Now: e.cfg.Now, Rand: e.cfg.Rand, Log: e.cfg.Logf, Folders: folders, Max: e.cfg.SessionMax, Wait: e.cfg.SessionWait})
	e.stores[key] = openStore{store, s, dir}
	return s, nil
}

// An openStore is a session store with the engine that uses it.
type openStore struct {
	store  session.Store
	engine *session.Engine
	dir    string // the save path without symbolic links, "" for the default folder
}

// inPlace reports whether the store is still what its save path means. Other
// requests may be using one that is not, so it is left open.
func (s openStore) inPlace() bool {
	folder, ok := s.store.(interface{ InPlace() bool })
	return !ok || folder.InPlace()
}

// A TimeoutError reports a page that ran longer than it may.
type TimeoutError struct{ Limit time.Duration }

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("the page ran longer than %v and was stopped (LCGI_TIMEOUT sets the limit)", e.Limit)
}

// Handle runs the page that r asks for and commits w. The sessions of a page
// that came to its end are saved before the answer is sent; those of one that
// failed keep their old state. It implements cgi.Handler.
func (e *Engine) Handle(ctx context.Context, w *cgi.Response, r *cgi.Request) error {
	script, err := r.Script(e.cfg.Extensions)
	if err != nil {
		return err
	}
	end := new(serverEnd)
	ctx, stopEnd := end.watch(ctx, w)
	defer stopEnd()
	ctx, clock, stopClock := limitTime(ctx, e.cfg.Timeout)
	defer stopClock()
	ctx, stop := watchMemory(ctx, e.cfg.MaxMemory)
	defer stop()
	r.SetContext(ctx)
	r.SetReceiving(clock.pause)

	run := newRun(e, w, r, script, end)
	defer run.closeSent()
	defer run.close()
	if err := run.main(ctx); err != nil {
		return run.fail(err)
	}
	// Before a slow client takes its time, and before the web server ends a program
	// that has answered.
	run.close()
	closed, sent := r.Close(), w.Commit()
	switch {
	case closed != nil && sent != nil:
		return fmt.Errorf("%w; %w", closed, sent)
	case closed != nil:
		return closed
	case sent != nil:
		return sent
	}
	run.sweep(ctx)
	return nil
}
