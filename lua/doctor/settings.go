package doctor

import (
	"fmt"
	"slices"
	"strings"

	"lcgi/lua/shell"
)

func (e *examination) settings() {
	for _, s := range e.Settings {
		switch {
		case s.Value == "":
			e.found(OK, s.Name, s.Default+" (default)", "")
			continue
		case s.Err != nil:
			e.found(Error, s.Name, fmt.Sprintf("%s (%s) cannot be read", shownSetting(s), s.Source), fmt.Sprintf("%s %v", s.Name, s.Err))
			continue
		}
		value := fmt.Sprintf("%s (%s; default: %s)", shownSetting(s), s.Source, s.Default)
		if s.Name == "LCGI_ERRORS" && s.Value == "page" && e.Way == WayCGI {
			e.found(Note, s.Name, value+": visitors see the source of pages that fail", "LCGI_ERRORS=log")
			continue
		}
		e.found(OK, s.Name, value, "")
	}
	e.unknownSettings()
}

// shownSetting returns what is told of the value of a setting: all but how to log in
// to a store, which some take for a save path.
func shownSetting(s Setting) string {
	switch {
	case strings.Contains(s.Value, ":/"):
		return shorten(cutAddress(s.Value), maxShown)
	case s.Name == sessionSetting && strings.ContainsAny(s.Value, "=@:"):
		return concealedValue(s.Value)
	}
	return shorten(s.Value, maxShown)
}

// concealing returns what conceals in a text, such as a message about the folder
// that a setting names, what shownSetting conceals.
func concealing(settings []Setting) *strings.Replacer {
	var pairs []string
	for _, s := range settings {
		if told := shownSetting(s); strings.Contains(told, hidden) {
			pairs = append(pairs, shell.Quote(s.Value), told, s.Value, told)
		}
	}
	return strings.NewReplacer(pairs...)
}

// unknownSettings tells of names that look like settings: a misspelled one would
// have no effect and give no error.
func (e *examination) unknownSettings() {
	var names []string
	for _, entry := range e.Environ {
		name, _, _ := strings.Cut(entry, "=")
		known := slices.ContainsFunc(e.Settings, func(s Setting) bool { return s.Name == name })
		if strings.HasPrefix(name, "LCGI_") && !strings.HasPrefix(name, "LCGI_TEST_") && !known && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		e.found(Warning, name, "there is no such setting", "`lcgi help` lists those there are")
	}
}
