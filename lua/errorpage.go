package lua

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"lcgi/cgi"
)

// around is how many lines of source are shown on each side of an error.
const around = 7

// errorPage returns the page that tells the author of a site what failed, where
// LCGI_ERRORS is "page": the message, the source around each place of the call
// stack, and the request.
func errorPage(run *run, f *failure) []byte {
	var b bytes.Buffer
	title := cgi.OneLine(f.message)
	if len(title) > 120 {
		title = strings.ToValidUTF8(title[:120], "") + "…"
	}
	fmt.Fprintf(&b, errorPageHead, escapeHTML(title))
	if len(f.frames) > 0 {
		fmt.Fprintf(&b, "<p class=place>%s <b>line %d</b>", escapeHTML(f.frames[0].Source), f.frames[0].Line)
		if f.column > 0 {
			fmt.Fprintf(&b, ", column %d", f.column)
		}
		b.WriteString("</p>\n")
	}
	fmt.Fprintf(&b, "<h1>%s</h1>\n", escapeHTML(f.message))
	for i, frame := range f.frames {
		if i == 1 {
			b.WriteString("<h2>Called from</h2>\n")
		}
		lines := run.site.lines(frame.Source)
		if i > 0 {
			fmt.Fprintf(&b, "<details><summary>%s line %d <span>in %s</span></summary>\n",
				escapeHTML(frame.Source), frame.Line, escapeHTML(f.frames[i].Func))
		}
		column := 0
		if i == 0 {
			column = f.column
		}
		writeSource(&b, lines, frame.Line, column)
		if i > 0 {
			b.WriteString("</details>\n")
		}
	}
	if f.goStack != nil {
		fmt.Fprintf(&b, "<h2>Inside lcgi</h2>\n<p>This is a fault of lcgi and not of the page. Please report it.</p>\n<pre>%s</pre>\n",
			escapeHTML(string(f.goStack)))
	}
	writeRequest(&b, run)
	b.WriteString("</main>\n</body>\n</html>\n")
	return b.Bytes()
}

// lines returns the lines of the file that a chunk was made from, or none where
// it cannot be read (any more).
func (s *site) lines(name string) []string {
	i, rel := s.split(name)
	f, err := s.open(i, rel)
	if err != nil {
		return nil
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	src, err := io.ReadAll(io.LimitReader(f, 4<<20))
	if err != nil {
		return nil
	}
	text := strings.TrimPrefix(string(src), "\uFEFF")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func writeSource(b *bytes.Buffer, lines []string, line, column int) {
	if line < 1 || line > len(lines) {
		return
	}
	b.WriteString("<pre class=source>")
	for n := max(1, line-around); n <= min(len(lines), line+around); n++ {
		text := escapeHTML(lines[n-1])
		if n != line {
			fmt.Fprintf(b, "<span class=n>%5d</span>  %s\n", n, text)
			continue
		}
		fmt.Fprintf(b, "<mark><span class=n>%5d</span>  %s</mark>\n", n, text)
		if column > 0 {
			pad := []rune(lines[n-1])
			pad = pad[:min(len(pad), column-1)]
			for i, r := range pad {
				if r != '\t' {
					pad[i] = ' '
				}
			}
			fmt.Fprintf(b, "       %s<b class=here>▲</b>\n", string(pad))
		}
	}
	b.WriteString("</pre>\n")
}

// writeRequest shows the request. What logs somebody in is left out: error
// pages end up in screenshots.
func writeRequest(b *bytes.Buffer, run *run) {
	r := run.r
	target := r.Path()
	if r.Query() != "" {
		target += "?" + r.Query()
	}
	fmt.Fprintf(b, "<h2>Request</h2>\n<p><b>%s</b> %s <span>(id %s, from %s)</span></p>\n<table>\n",
		escapeHTML(r.Method()), escapeHTML(hideIDs(target)), escapeHTML(r.ID()), escapeHTML(r.RemoteAddr()))
	row := func(kind, name, value string) {
		const limit = 500
		if len(value) > limit {
			value = strings.ToValidUTF8(value[:limit], "") + "…"
		}
		fmt.Fprintf(b, "<tr><td>%s<th>%s<td>%s\n", kind, escapeHTML(name), escapeHTML(hideIDs(value)))
	}
	if fields, err := r.Get(); err == nil {
		for _, f := range fields[:min(len(fields), 30)] {
			row("GET", f.Name, f.Value)
		}
	}
	if fields, err := r.Post(); err == nil {
		for _, f := range fields[:min(len(fields), 30)] {
			if strings.Contains(strings.ToLower(f.Name), "pass") {
				f.Value = "(not shown)"
			}
			row("POST", f.Name, f.Value)
		}
	}
	for _, h := range r.Headers() {
		switch h.Name {
		case "Cookie", "Authorization", "Proxy-Authorization":
			h.Value = "(not shown)"
		}
		row("header", h.Name, h.Value)
	}
	row("file", "page", run.script.File)
	if host, err := os.Hostname(); err == nil {
		row("file", "host", host)
	}
	b.WriteString("</table>\n")
}

// hideIDs returns s with what looks like the id of a session cut short: links can
// carry ids.
func hideIDs(s string) string {
	const digits, idLen, kept = "0123456789abcdef", 64, 6
	var b strings.Builder
	for s != "" {
		n := len(s) - len(strings.TrimLeft(s, digits))
		if n >= idLen {
			b.WriteString(s[:kept] + "…")
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
		if i := strings.IndexAny(s, digits); i > 0 {
			b.WriteString(s[:i])
			s = s[i:]
		} else if i < 0 {
			b.WriteString(s)
			break
		}
	}
	return b.String()
}

const errorPageHead = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>%s</title>
<style>
:root { color-scheme: light dark; --ink: #1c1b22; --soft: #6b6a75; --paper: #fbfaf7; --panel: #fff; --line: #dedbd2; --bad: #b3261e; --hit: #ffe9e2 }
@media (prefers-color-scheme: dark) { :root { --ink: #eceaf2; --soft: #a09eac; --paper: #17161c; --panel: #201f27; --line: #38363f; --bad: #ff8f7e; --hit: #4a211c } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; border-top: 6px solid var(--bad) }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.45rem; line-height: 1.3; margin: .2rem 0 1rem; overflow-wrap: anywhere }
h2 { font-size: 1rem; margin: 2rem 0 .5rem }
.place { margin: 0; color: var(--bad); overflow-wrap: anywhere }
span { color: var(--soft); font-weight: normal }
pre { margin: 0; padding: .75rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; font: 13.5px/1.55 ui-monospace, monospace; tab-size: 4 }
.source mark { background: var(--hit); color: inherit; display: inline-block; min-width: 100%% }
.source mark .n, .here { color: var(--bad); font-weight: bold }
details { margin: .4rem 0 } summary { cursor: pointer; overflow-wrap: anywhere }
table { border-collapse: collapse; font-size: .9rem; width: 100%% }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere }
td:first-child { color: var(--soft); width: 4rem }
th { font-weight: 600; width: 12rem }
@media (max-width: 40rem) { td:first-child { display: none } th { width: 8rem } table { table-layout: fixed } }
</style>
</head>
<body>
<main>
`
