package doctor

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text returns the findings as a table of text, which ends with a line that counts
// what is wrong. With color it is for a terminal (ECMA-48 §8.3.117).
func Text(findings []Finding, color bool) string {
	width := 0
	for i := range findings {
		width = max(width, utf8.RuneCountInString(findings[i].Name))
	}
	width = min(width, 24)
	var b strings.Builder
	group := ""
	for i := range findings {
		f := &findings[i]
		if f.Group != group {
			if group = f.Group; i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(paint(group, "1", color) + "\n")
		}
		pad := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(f.Name)))
		fmt.Fprintf(&b, "  %s  %s%s  %s\n", paint(fmt.Sprintf("%-7s", f.State), f.State.color(), color), f.Name, pad, f.Value)
		if f.Advice != "" {
			fmt.Fprintf(&b, "  %s  -> %s\n", strings.Repeat(" ", len("warning")+2+width), f.Advice)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", summary(findings))
	return b.String()
}

// summary returns a line that counts what is wrong.
func summary(findings []Finding) string {
	count := make(map[State]int)
	for i := range findings {
		count[findings[i].State]++
	}
	return fmt.Sprintf("errors: %d, warnings: %d, notes: %d", count[Error], count[Warning], count[Note])
}

// color returns the parameter of the escape sequence for a state.
func (s State) color() string {
	switch s {
	case OK:
		return "32"
	case Note:
		return "36"
	case Warning:
		return "33"
	}
	return "1;31"
}

func paint(text, parameter string, color bool) string {
	if !color {
		return text
	}
	return "\x1b[" + parameter + "m" + text + "\x1b[0m"
}
