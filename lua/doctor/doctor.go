package doctor

import (
	"os"
	"strings"
	"time"

	"lcgi/cgi"
)

// State says how good what was found is.
type State string

const (
	OK      State = "ok"
	Note    State = "note"    // worth knowing
	Warning State = "warning" // works now, and may not for everybody or not for long
	Error   State = "error"   // does not work
)

// A Finding is one thing that was looked at.
type Finding struct {
	Group  string `json:"group"` // findings of a group follow one another
	Name   string `json:"name"`  // unique in its group
	Value  string `json:"value"` // what was found, as one line without secrets
	State  State  `json:"state"`
	Advice string `json:"advice"` // what to do: a command or a line of configuration; "" if all is well
}

// Way is a way in to lcgi.
type Way string

const (
	WayCGI     Way = "cgi"
	WayServe   Way = "serve"
	WayRun     Way = "run"     // a page that is run from the command line
	WayCommand Way = "command" // lcgi doctor, without a page
)

// A Setting is a setting of the site and how it was made.
type Setting struct {
	Name    string // of the environment variable
	Default string // what holds where it is not made, in words
	Value   string // as it is written; "" where it is not made
	Source  string // what it is read from, such as "environment" or "flag"; "" where it is not made
	Err     error  // why the value cannot be read
}

// A Subject is what is looked at. Paths are absolute.
type Subject struct {
	Version string // of lcgi and of Go
	Way     Way

	Request *cgi.Request // nil on the command line
	Page    string       // the file of the page; "" if none is run
	Root    string       // the document root
	Environ []string     // of the process, as os.Environ gives it

	Settings    []Setting // all there are
	Extensions  []string  // what the names of pages end in
	Prepend     string    // a file to be run before every page; "" is none
	IncludePath []string  // further folders of pages
	MaxMemory   int64     // bytes by which the heap may grow while a page runs
	MaxFile     int64     // bytes of the largest upload

	Sessions        string       // the folder of the sessions
	SessionsDefault bool         // nobody has named that folder: it is made when it is needed
	OpenStore       func() error // opens the store in that folder and closes it; called only if the folder exists
	Uploads         string       // the folder in which uploads wait

	Now func() time.Time // the clock; nil is time.Now

	System *System // what is asked; nil is OwnSystem
}

// Examine looks at a subject and returns what it found, group by group.
func Examine(s Subject) []Finding {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Uploads == "" {
		s.Uploads = os.TempDir()
	}
	if s.System == nil {
		own := OwnSystem()
		s.System = &own
	}
	e := &examination{Subject: s, conceal: concealing(s.Settings)}
	for _, part := range []struct {
		group   string
		examine func()
	}{
		{"Program", e.program},
		{"Way in", e.wayIn},
		{"Settings", e.settings},
		{"Site", e.site},
		{"Sessions", e.sessions},
		{"Uploads", e.uploads},
		{"Limits", e.limits},
		{"Variables", e.variables},
	} {
		e.group = part.group
		part.examine()
	}
	return e.findings
}

// Failed reports whether something does not work.
func Failed(findings []Finding) bool {
	for i := range findings {
		if findings[i].State == Error {
			return true
		}
	}
	return false
}

// An examination is on its way through a subject.
type examination struct {
	Subject
	group    string
	conceal  *strings.Replacer // puts what is told of settings in place of their values
	findings []Finding
}

// found adds a finding to the group. What comes from outside may hold
// anything, and the address of a store its password.
func (e *examination) found(state State, name, value, advice string) {
	clean := func(s string) string { return cgi.OneLine(cutUser(e.conceal.Replace(s))) }
	e.findings = append(e.findings, Finding{e.group, clean(name), clean(value), state, clean(advice)})
}

// ofGroup returns what has been found in the group so far.
func (e *examination) ofGroup() []Finding {
	first := len(e.findings)
	for first > 0 && e.findings[first-1].Group == e.group {
		first--
	}
	return e.findings[first:]
}

// env returns a meta-variable of the request, "" where there is none.
func (e *examination) env(name string) string {
	if e.Request == nil {
		return ""
	}
	return e.Request.Env[name]
}
