package time

import (
	"errors"
	"fmt"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/time/strftime"
)

// layoutNames are those of the layouts that have a name: a text without
// conversions would say nothing of a time.
const layoutNames = "rfc3339 rfc2822 http date datetime-local"

// layoutArgument returns the layout that argument n is, "rfc3339" if it is none.
func layoutArgument(L *glua.LState, n int) string {
	layout := L.OptString(n, "")
	switch {
	case layout == "":
		return "rfc3339"
	case !strings.Contains(layout, "%") && !isOneOf(layout, layoutNames):
		L.ArgError(n, fmt.Sprintf("there is no layout %.60q; there are %s, and those of os.date such as %%d.%%m.%%Y", layout, layoutNames))
	}
	return layout
}

// format is time.format(t[, layout[, zone]]).
func (z *zones) format(L *glua.LState) int {
	t := check(L, 1)
	layout := layoutArgument(L, 2)
	zone, _ := z.argument(L, 3)
	local, err := checkRange(t.In(zone))
	if err != nil {
		L.ArgError(1, err.Error())
	}
	var b []byte
	switch layout {
	case "rfc3339":
		b = local.AppendFormat(b, time.RFC3339Nano)
	case "rfc2822":
		b = local.AppendFormat(b, "Mon, 02 Jan 2006 15:04:05 -0700")
	case "http": // RFC 9110 §5.6.7: always in UTC
		b = t.AppendFormat(b, "Mon, 02 Jan 2006 15:04:05 GMT")
	case "date":
		b = local.AppendFormat(b, time.DateOnly)
	case "datetime-local":
		b = local.AppendFormat(b, "2006-01-02T15:04")
	default:
		if b, err = strftime.Append(nil, layout, local); err != nil {
			L.ArgError(2, err.Error())
		}
	}
	L.Push(glua.LString(b))
	return 1
}

// parse is time.parse(text[, layout[, zone]]). A text that is no date is the
// visitor's mistake and a result; a wrong layout or zone is the page's and an
// error.
func (z *zones) parse(L *glua.LState) int {
	text := L.CheckString(1)
	layout := layoutArgument(L, 2)
	zone, _ := z.argument(L, 3)
	t, err := parseAs(layout, text, func(wall time.Time) time.Time { return at(wall, zone) })
	if err == nil {
		t, err = checkRange(t.UTC())
	}
	var wrong *strftime.LayoutError
	switch {
	case errors.As(err, &wrong):
		L.ArgError(2, err.Error())
	case err != nil:
		L.Push(glua.LNil)
		L.Push(glua.LString(err.Error()))
		return 2
	}
	L.Push(New(L, t))
	return 1
}

// parseAs reads a text in a layout; at is that of strftime.ParseIn.
func parseAs(layout, text string, at func(wall time.Time) time.Time) (time.Time, error) {
	switch layout {
	case "rfc3339", "datetime-local":
		return parseInternet(text, at)
	case "date":
		return strftime.ParseIn("%Y-%m-%d", text, at)
	case "rfc2822":
		// §3.3; the names are those of §4.3 that still come.
		for _, name := range []string{" GMT", " UTC", " UT"} {
			if before, ok := strings.CutSuffix(text, name); ok {
				text = before + " +0000"
				break
			}
		}
		return parseFirst(text, "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M %z", "%d %b %Y %H:%M:%S %z", "%d %b %Y %H:%M %z")
	case "http":
		// All three of RFC 9110 §5.6.7.
		return parseFirst(text, "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y")
	}
	return strftime.ParseIn(layout, text, at)
}

// parseFirst reads a text in the first of the layouts that fits. If none does, the
// error is that of the first.
func parseFirst(text string, layouts ...string) (time.Time, error) {
	t, err := strftime.Parse(layouts[0], text)
	for _, layout := range layouts[1:] {
		if err == nil {
			break
		}
		if other, wrong := strftime.Parse(layout, text); wrong == nil {
			return other, nil
		}
	}
	return t, err
}

// parseInternet reads RFC 3339 and the shorter forms of it that HTML's fields
// of the types date and datetime-local send, which mean the time of a place.
func parseInternet(text string, at func(wall time.Time) time.Time) (time.Time, error) {
	// A space for the T is RFC 3339's own alternative (section 5.6).
	shape := []byte(text)
	if len(shape) > len("2006-01-02") && (shape[10] == ' ' || shape[10] == 't') {
		shape[10] = 'T'
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, string(shape)); err == nil {
			return t, nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, string(shape)); err == nil {
			return at(t), nil
		}
	}
	// This reads nothing that the layouts above do not, and says what is wrong.
	layout := "%Y-%m-%d"
	if len(text) > len("2006-01-02") {
		layout = "%Y-%m-%dT%H:%M:%S%z"
	}
	_, err := strftime.Parse(layout, string(shape))
	if err == nil {
		err = &strftime.ParseError{Text: text, Reason: "write it as 2026-11-20 or 2026-11-20T09:25:17Z"}
	}
	return time.Time{}, err
}
