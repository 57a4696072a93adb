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
		return misplaced(name, program.page)
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

// misplaced returns the Mistake of the first piece of a page that can only be one: an
// expression at whose place every value would be refused when the page runs, or a tag
// of another language, which visitors would get to see.
func misplaced(name string, page *template.Page) *Mistake {
	for _, run := range page.Runs {
		for i := range run {
			why, offset := run[i].Refusal(), run[i].Offset
			if tag, at := foreignTag(run[i].Text); tag != "" {
				why = "the tag " + tag + " is sent to visitors with all that is in it; write <?lc"
				offset += at
			}
			if why != "" {
				pos := page.PosAt(offset)
				return &Mistake{File: name, Line: pos.Line, Column: pos.Col, Message: why}
			}
		}
	}
	return nil
}

// foreignTag returns the first tag in a text that no HTML or XML has, and where it is:
// PHP's, and those of ours in capitals.
func foreignTag(text string) (tag string, at int) {
	for {
		i := strings.Index(text[at:], "<?")
		if i < 0 {
			return "", 0
		}
		at += i
		rest := text[at+len("<?"):]
		name := rest[:len(rest)-len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
		switch strings.ToLower(name) {
		case "php", "lc", "lua", "livecode":
			return "<?" + name, at
		case "":
			if rest != "" && strings.IndexByte(" \t\r\n", rest[0]) >= 0 {
				return "<?", at
			}
		}
		at += len("<?")
	}
}
