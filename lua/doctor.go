package lua

import (
	"io"
	"os"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/doctor"
	"lcgi/session"
)

// Subject returns what package doctor looks at: the site that e runs the pages of,
// with the given document root, and no request. A setting that cannot be read is
// one of the things it tells of, and has its default.
func (e *Engine) Subject(root string) doctor.Subject {
	s := DefaultSettings()
	subject := doctor.Subject{
		Way:     doctor.WayCommand,
		Root:    root,
		Environ: os.Environ(),
		Now:     e.cfg.Now,
	}
	if e.cfg.Version != nil {
		subject.Version = e.cfg.Version()
	}
	for _, setting := range AllSettings() {
		value, source := e.cfg.Given(setting.Name)
		made := doctor.Setting{Name: setting.Name, Default: setting.Default, Value: value, Source: source}
		if value != "" {
			read := s
			if made.Err = setting.set(&read, value); made.Err == nil {
				s = read
			}
		}
		subject.Settings = append(subject.Settings, made)
	}
	subject.Extensions, subject.Prepend, subject.IncludePath = s.Extensions, s.Prepend, s.IncludePath
	subject.Uploads = s.UploadDir
	subject.MaxMemory, subject.MaxFile = s.MaxMemory, s.Limits.WithDefaults().File
	subject.Sessions = s.SessionSavePath
	if subject.Sessions == "" {
		subject.Sessions, subject.SessionsDefault = session.DefaultDir(root), true
	}
	subject.OpenStore = func() error {
		store, _, err := e.cfg.OpenStore(s.SessionSavePath, root)
		if closer, ok := store.(io.Closer); ok && err == nil {
			err = closer.Close()
		}
		return err
	}
	return subject
}

// pageSubject is Subject for the page that L runs.
func pageSubject(L *glua.LState) doctor.Subject {
	run := runOf(L)
	subject := run.engine.Subject(run.script.Root)
	subject.Request, subject.Page = run.r, run.script.File
	_, isCGI := os.LookupEnv("GATEWAY_INTERFACE")
	switch {
	case isCGI:
		subject.Way = doctor.WayCGI
	case run.engine.cfg.Cache:
		subject.Way = doctor.WayServe
	default:
		subject.Way = doctor.WayRun
	}
	return subject
}
