package lua

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"lcgi/lua/vm"
	"lcgi/template"
)

// A site is where the pages of one request come from: the document root and
// the further roots of LCGI_INCLUDE_PATH. Nothing outside of them is read.
//
// A file in the document root is called by its path from there ("parts/a.lc"),
// one in another root by its absolute path. Chunks have these names, so that
// an error message shows them and include finds the folder it is called from.
type site struct {
	engine *Engine
	roots  []root // the document root first
}

// A root is opened when it is first needed: the page itself is reached by the
// path that the front end has checked.
type root struct {
	dir string // absolute
	fs  *os.Root
}

func newSite(e *Engine, documentRoot string) *site {
	s := &site{engine: e, roots: make([]root, 0, 1+len(e.cfg.IncludePath))}
	s.roots = append(s.roots, root{dir: documentRoot})
	for _, dir := range e.cfg.IncludePath {
		s.roots = append(s.roots, root{dir: filepath.Clean(dir)})
	}
	if first := e.cfg.Prepend; first != "" && !s.holds(first) {
		// What it includes is beside it.
		s.roots = append(s.roots, root{dir: filepath.Dir(first)})
	}
	return s
}

func (s *site) close() {
	for i := range s.roots {
		if fs := s.roots[i].fs; fs != nil {
			fs.Close()
			s.roots[i].fs = nil
		}
	}
}

// holds reports whether an absolute path lies in one of the roots.
func (s *site) holds(file string) bool {
	_, _, ok := s.find(file)
	return ok
}

// find returns the first root that an absolute path lies in, and its path in it.
func (s *site) find(file string) (i int, rel string, ok bool) {
	for i := range s.roots {
		if rel, err := filepath.Rel(s.roots[i].dir, file); err == nil && filepath.IsLocal(rel) {
			return i, rel, true
		}
	}
	return 0, "", false
}

// name returns what the file rel of root i is called.
func (s *site) name(i int, rel string) string {
	if i == 0 {
		return rel
	}
	return filepath.Join(s.roots[i].dir, rel)
}

// split returns the root and the path in it of what name calls.
func (s *site) split(name string) (i int, rel string) {
	if !filepath.IsAbs(name) {
		return 0, name
	}
	if i, rel, ok := s.find(name); ok {
		return i, rel
	}
	return 0, strings.TrimPrefix(name, "/")
}

// page returns the compiled page of an absolute path in the document root.
func (s *site) page(file string) (*Program, error) {
	name, err := filepath.Rel(s.roots[0].dir, file)
	if err != nil {
		return nil, fmt.Errorf("the page %s is not below the document root %s: %w", file, s.roots[0].dir, err)
	}
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return s.compile(name, f, pages)
}

// prepended returns the compiled file of LCGI_PREPEND.
func (s *site) prepended() (*Program, error) {
	file := s.engine.cfg.Prepend
	kind, err := s.engine.cfg.prependKind()
	if err != nil {
		return nil, err
	}
	i, rel, _ := s.find(file)
	f, err := s.open(i, rel)
	if err != nil {
		return nil, fmt.Errorf("LCGI_PREPEND: the file %s that is to be run before every page: %w", file, err)
	}
	return s.compile(s.name(i, rel), f, kind)
}

// open opens the file rel of root i for reading. A symbolic link that leads
// out of the root is an error, as is what is no regular file.
func (s *site) open(i int, rel string) (*os.File, error) {
	r := &s.roots[i]
	if r.fs == nil {
		fs, err := os.OpenRoot(r.dir)
		if err != nil {
			return nil, err
		}
		r.fs = fs
	}
	// O_NONBLOCK: opening a FIFO must not wait for a writer.
	return r.fs.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// include finds and compiles the page that the page called from means by
// target: a path that starts with "/" counts from the document root, another
// from from's folder, then from the further roots.
func (s *site) include(from, target string) (*Program, error) {
	type place struct {
		root int
		rel  string
	}
	var places []place
	if rest, ok := strings.CutPrefix(target, "/"); ok {
		places = append(places, place{0, rest})
	} else {
		i, rel := s.split(from)
		places = append(places, place{i, path.Join(path.Dir(rel), target)})
		for i := 1; i < len(s.roots); i++ {
			places = append(places, place{i, target})
		}
	}
	var looked []string
	for _, p := range places {
		rel := path.Clean(p.rel)
		switch {
		case !filepath.IsLocal(rel):
			return nil, fmt.Errorf("include: %q leads out of %s; LCGI_INCLUDE_PATH can name further folders", target, s.roots[p.root].dir)
		case path.Ext(rel) == ".lua":
			return nil, fmt.Errorf("include: %q is a Lua module; use require for it", target)
		case strings.Contains("/"+rel, "/."):
			return nil, fmt.Errorf("include: %q is hidden, since a name in it begins with a dot", target)
		}
		f, err := s.open(p.root, rel)
		if errors.Is(err, fs.ErrNotExist) {
			looked = append(looked, filepath.Join(s.roots[p.root].dir, rel))
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("include: %q: %w", target, err)
		}
		program, err := s.compile(s.name(p.root, rel), f, pages)
		if err != nil {
			return nil, err
		}
		return program, nil
	}
	return nil, fmt.Errorf("include: there is no %q (looked for %s)", target, strings.Join(looked, ", "))
}

// module finds and compiles the Lua file of a module: beside the page called
// from, in lib/ of the document root, in the further roots.
func (s *site) module(from, module string) (*Program, error) {
	rel := strings.ReplaceAll(module, ".", "/") + ".lua"
	if !filepath.IsLocal(rel) {
		return nil, fmt.Errorf("require: %q is no name of a module", module)
	}
	i, page := s.split(from)
	places := []string{s.name(i, path.Join(path.Dir(page), rel)), path.Join("lib", rel)}
	for i := 1; i < len(s.roots); i++ {
		places = append(places, s.name(i, rel))
	}
	var looked strings.Builder
	for _, name := range places {
		i, rel := s.split(name)
		f, err := s.open(i, rel)
		if errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(&looked, "\n\tno file '%s'", filepath.Join(s.roots[i].dir, rel))
			continue
		}
		if err != nil {
			return nil, err
		}
		return s.compile(name, f, modules)
	}
	return nil, &vm.NoModuleError{Looked: looked.String()}
}

// compile returns the program of an open file, from the cache if it is fresh
// there. It closes f.
func (s *site) compile(name string, f *os.File, kind kind) (*Program, error) {
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	build := func() (*Program, error) {
		src := make([]byte, info.Size())
		n, err := io.ReadFull(f, src)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return kind.compile(s.engine, name, src[:n])
	}
	if s.engine.cache == nil {
		return build()
	}
	return s.engine.cache.get(cacheKey{s.roots[0].dir, name, kind.name}, info, s.engine.cfg.Now(), build)
}

// A kind is what a file is compiled as.
type kind struct {
	name    string
	compile func(e *Engine, name string, src []byte) (*Program, error)
}

var (
	pages   = kind{"page", compilePage}
	modules = kind{"module", compileModule}
)

func compilePage(e *Engine, name string, src []byte) (*Program, error) { return e.Parse(name, src) }

// compileModule compiles a .lua file: plain Lua, without tags.
func compileModule(e *Engine, name string, src []byte) (*Program, error) {
	code := string(src)
	if err := checkCode(name, code); err != nil {
		return nil, err
	}
	compiled, err := e.library.Compile(name, code)
	if err != nil {
		return nil, err
	}
	return &Program{page: &template.Page{Name: name}, code: compiled}, nil
}
