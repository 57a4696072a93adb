package lua

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lcgi/lua/vm"
	"lcgi/template"
)

// A Mistake is a fault in the source of a page or module that is found without
// running it.
type Mistake struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // 1-based; 0 if unknown
	Column  int    `json:"column"` // 1-based, in characters; 0 if unknown
	Message string `json:"message"`
}

// String returns "file:line:column: message", without what is not known.
func (m *Mistake) String() string {
	switch {
	case m.Line == 0:
		return fmt.Sprintf("%s: %s", m.File, m.Message)
	case m.Column == 0:
		return fmt.Sprintf("%s:%d: %s", m.File, m.Line, m.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
}

// CheckPaths checks the pages and modules that paths name and those below the
// folders among them, and returns how many there are and what is wrong with
// them, one Mistake for each that fails. A file that is named itself counts
// whatever it is called; hidden folders are passed over. The error is that of
// a path that does not exist or cannot be listed.
func (e *Engine) CheckPaths(paths []string) (files int, mistakes []*Mistake, err error) {
	mistakes = []*Mistake{}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			ext := filepath.Ext(file)
			switch {
			case err != nil:
				return err
			case entry.IsDir() && file != path && strings.HasPrefix(entry.Name(), "."):
				return filepath.SkipDir
			case entry.IsDir(), file != path && ext != ".lua" && !slices.Contains(e.cfg.Extensions, ext):
				return nil
			}
			files++
			src, err := os.ReadFile(file)
			if err != nil {
				mistakes = append(mistakes, &Mistake{File: file, Message: err.Error()})
			} else if m := e.Check(file, src, ext == ".lua"); m != nil {
				mistakes = append(mistakes, m)
			}
			return nil
		})
		if err != nil {
			return files, mistakes, err
		}
	}
	return files, mistakes, nil
}

// Check parses and compiles the source of a file, a page or (named .lua) a
// module, and returns what is wrong with it, or nil. An expression that stands
// where no value can be printed is a mistake as well. Name stands for the file in
// the Mistake.
func (e *Engine) Check(name string, src []byte, module bool) *Mistake {
	kind := pages
	if module {
		kind = modules
	}
	program, err := kind.compile(e, name, src)
	if err == nil {
		return unprintablePlace(name, program.page)
	}
	m := &Mistake{File: name, Message: err.Error()}
	var parse *template.Error
	var syntax *vm.SyntaxError
	switch {
	case errors.As(err, &parse):
		m.Line, m.Column, m.Message = parse.Pos.Line, parse.Pos.Col, parse.Detail()
	case errors.As(err, &syntax):
		m.Line, m.Column, m.Message = syntax.Line, syntax.Col, syntax.Message
	}
	return m
}

// unprintablePlace returns the Mistake of the first expression of a page at whose
// place every value would be refused when the page runs, or nil.
func unprintablePlace(name string, page *template.Page) *Mistake {
	for _, run := range page.Runs {
		for i := range run {
			if why := run[i].Refusal(); why != "" {
				pos := page.PosAt(run[i].Offset)
				return &Mistake{File: name, Line: pos.Line, Column: pos.Col, Message: why}
			}
		}
	}
	return nil
}
