package template

import (
	"slices"
	"strings"
)

// rewriter collects what distinguishes the chunk from the page source.
type rewriter struct {
	edits []edit
}

// edit puts text in the place of the source from start to end. The line breaks
// of what it removes are kept, behind text.
type edit struct {
	start, end int
	side       side
	text       string
}

// side orders the edits at one offset.
type side int8

const (
	behind  side = iota // text that belongs to the code before the offset
	before              // text that belongs to the code after it
	instead             // text that replaces what begins there
)

// blank removes the source from start to end.
func (rw *rewriter) blank(start, end int) { rw.replace(start, end, "") }

// replace puts text in the place of the source from start to end.
func (rw *rewriter) replace(start, end int, text string) {
	rw.edits = append(rw.edits, edit{start, end, instead, text})
}

// insert puts text at the offset at. Of several texts with the same side, the
// one inserted first stands first.
func (rw *rewriter) insert(at int, s side, text string) {
	rw.edits = append(rw.edits, edit{at, at, s, text})
}

// apply returns the source with all edits made and every line break written as
// LF, and where the copied parts come from.
func (rw *rewriter) apply(src string) (code string, moved []segment) {
	slices.SortStableFunc(rw.edits, func(a, b edit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return int(a.side) - int(b.side)
	})
	var b strings.Builder
	at := 0
	for _, e := range rw.edits {
		if at < e.start {
			moved = append(moved, segment{code: b.Len(), src: at})
			moved = copyLines(&b, src, at, e.start, moved)
		}
		if e.text != "" {
			moved = append(moved, segment{code: b.Len(), src: e.start, made: true})
			b.WriteString(e.text)
		}
		writeBreaks(&b, src[e.start:e.end])
		at = max(at, e.end)
	}
	if at < len(src) {
		moved = append(moved, segment{code: b.Len(), src: at})
		moved = copyLines(&b, src, at, len(src), moved)
	}
	return b.String(), moved
}

// copyLines writes src[from:to] with every line break as LF.
func copyLines(b *strings.Builder, src string, from, to int, moved []segment) []segment {
	for {
		i := strings.IndexByte(src[from:to], '\r')
		if i < 0 {
			b.WriteString(src[from:to])
			return moved
		}
		b.WriteString(src[from : from+i])
		b.WriteByte('\n')
		from += i + 1
		if from < to && src[from] == '\n' {
			from++
		}
		moved = append(moved, segment{code: b.Len(), src: from})
	}
}

// writeBreaks writes a LF for every line break in s.
func writeBreaks(b *strings.Builder, s string) {
	n := strings.Count(s, "\n")
	for i := strings.IndexByte(s, '\r'); i >= 0; i = strings.IndexByte(s, '\r') {
		if s = s[i+1:]; !strings.HasPrefix(s, "\n") {
			n++
		}
	}
	for range n {
		b.WriteByte('\n')
	}
}
