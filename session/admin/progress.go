package admin

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"lcgi/session"
)

const (
	// progressDelay is how long something takes before progress is shown.
	progressDelay = 500 * time.Millisecond
	// progressPause is the least time between two pictures.
	progressPause = 100 * time.Millisecond

	barWidth     = 30
	defaultWidth = 80
)

// A progress is a line on a terminal that tells how far something is. It shows
// itself when that takes long.
type progress struct {
	w     io.Writer // nil where it is not shown
	now   func() time.Time
	width int
	what  string
	begun time.Time
	next  time.Time // of the next picture
	shown bool
}

// progress begins a line that says what is being done. With the context it
// returns, the engine keeps the line up to date.
func (c *call) progress(ctx context.Context, what string) (context.Context, *progress) {
	p := &progress{now: c.env.Now, width: c.env.Width, what: what}
	if c.env.Terminal {
		p.w = c.env.Stderr
		p.begun = p.now()
		p.next = p.begun.Add(progressDelay)
	}
	if p.width <= 0 {
		p.width = defaultWidth
	}
	return session.WithProgress(ctx, p.update), p
}

// update notes that done parts of total are done.
func (p *progress) update(done, total int) {
	if p.w == nil || total <= 0 {
		return
	}
	now := p.now()
	if now.Before(p.next) {
		return
	}
	p.next = now.Add(progressPause)
	p.shown = true
	full := barWidth * done / total
	line := fmt.Sprintf("%s [%s%s] %3d%%", p.what, strings.Repeat("#", full), strings.Repeat(".", barWidth-full), 100*done/total)
	if done > 0 {
		left := float64(now.Sub(p.begun)) / float64(done) * float64(total-done)
		line += ", " + span(time.Duration(left).Round(time.Second)) + " left"
	}
	// The last column is left free: some terminals go to the next line there.
	if len(line) >= p.width {
		line = line[:p.width-1]
	}
	fmt.Fprintf(p.w, "\r%s\x1b[K", line)
}

// clear takes the line away so that another can be written.
func (p *progress) clear() {
	if p.shown {
		io.WriteString(p.w, "\r\x1b[K") // a terminal that is gone needs no picture
	}
	p.shown = false
}

// finish takes the line away for good. Calls after the first do nothing.
func (p *progress) finish() {
	p.clear()
	p.w = nil
}
