package admin

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"lcgi/session"
)

// The keys of JSON objects that stand for something else; see the package's
// documentation.
const (
	jsonBytes  = "$bytes"
	jsonNumber = "$number"
	jsonTime   = "$time"
	jsonTable  = "$table"
)

// appendJSON appends a value on one line, in the form that the package's
// documentation tells. Fields of objects stand in the order of the entries.
func appendJSON(dst []byte, v value) []byte {
	switch v.kind {
	case session.Bool:
		return strconv.AppendBool(dst, v.boolean)
	case session.Number:
		return appendJSONNumber(dst, v.number)
	case session.String:
		if utf8.ValidString(v.text) {
			return appendJSONString(dst, v.text)
		}
		return appendSpecial(dst, jsonBytes, textValue(base64.StdEncoding.EncodeToString([]byte(v.text))))
	case session.Time:
		return appendJSONTime(dst, v.time)
	case session.Table:
		return appendJSONTable(dst, v)
	}
	return append(dst, "null"...)
}

func appendSpecial(dst []byte, name string, v value) []byte {
	dst = append(appendJSONString(append(dst, '{'), name), ':')
	return append(appendJSON(dst, v), '}')
}

func appendJSONNumber(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return appendSpecial(dst, jsonNumber, textValue("NaN"))
	case math.IsInf(f, 1):
		return appendSpecial(dst, jsonNumber, textValue("Infinity"))
	case math.IsInf(f, -1):
		return appendSpecial(dst, jsonNumber, textValue("-Infinity"))
	}
	return appendNumber(dst, f)
}

func appendJSONTime(dst []byte, t time.Time) []byte {
	if hasRFC3339(t) {
		return appendSpecial(dst, jsonTime, textValue(t.UTC().Format(time.RFC3339Nano)))
	}
	return appendSpecial(dst, jsonTime, listValue(numberValue(float64(t.Unix())), numberValue(float64(t.Nanosecond()))))
}

func listValue(values ...value) value {
	t := tableValue()
	for i, v := range values {
		t.entries = append(t.entries, entry{numberValue(float64(i + 1)), v})
	}
	return t
}

func appendJSONTable(dst []byte, v value) []byte {
	open, end, isObject := byte('['), byte(']'), false
	switch {
	case v.isList():
	case hasPlainKeys(v):
		open, end, isObject = '{', '}', true
	default:
		pairs := make([]value, len(v.entries))
		for i, e := range v.entries {
			pairs[i] = listValue(e.key, e.value)
		}
		dst = append(appendJSONString(append(dst, '{'), jsonTable), ":["...)
		for i, p := range pairs {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, p)
		}
		return append(dst, "]}"...)
	}
	dst = append(dst, open)
	for i, e := range v.entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		if isObject {
			dst = append(appendJSONString(dst, e.key.text), ':')
		}
		dst = appendJSON(dst, e.value)
	}
	return append(dst, end)
}

// hasPlainKeys reports whether all keys can be those of a JSON object.
func hasPlainKeys(v value) bool {
	for _, e := range v.entries {
		if e.key.kind != session.String || strings.HasPrefix(e.key.text, "$") || !utf8.ValidString(e.key.text) {
			return false
		}
	}
	return true
}

// appendJSONString appends a string in UTF-8. Other than encoding/json it
// escapes all that is not printed, as the output may be a terminal's input.
func appendJSONString(dst []byte, s string) []byte {
	escape := func(unit rune) {
		const digits = "0123456789abcdef"
		dst = append(dst, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
	}
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case isShown(r, utf8.RuneLen(r)):
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			escape(high)
			escape(low)
		default:
			escape(r)
		}
	}
	return append(dst, '"')
}

// parseJSON is the inverse of appendJSON.
func parseJSON(text string) (value, error) {
	if !utf8.ValidString(text) {
		return value{}, errors.New(`the JSON is not in UTF-8; other bytes are written {"$bytes": "base64"}`)
	}
	// The decoder of tokens alone is not strict.
	var whole json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return value{}, fmt.Errorf("the JSON cannot be read: %w", err)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := parseNext(d, 0)
	if err != nil {
		return value{}, fmt.Errorf("the JSON cannot be taken: %w", err)
	}
	return v, nil
}

func parseNext(d *json.Decoder, depth int) (value, error) {
	token, err := d.Token()
	if err != nil {
		return value{}, err
	}
	switch token := token.(type) {
	case bool:
		return boolValue(token), nil
	case json.Number:
		return parseNumber(token.String())
	case string:
		return textValue(token), nil
	case json.Delim:
		// A special form has up to two levels more than its table.
		if depth >= 3*session.MaxDepth {
			return value{}, session.ErrTooDeep
		}
		if token == '[' {
			return parseList(d, depth)
		}
		return parseObject(d, depth)
	}
	return value{}, nil // null
}

func parseNumber(s string) (value, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return value{}, fmt.Errorf("the number %s is too large", s)
	}
	return numberValue(f), nil
}

func parseList(d *json.Decoder, depth int) (value, error) {
	var values []value
	for d.More() {
		v, err := parseNext(d, depth+1)
		if err != nil {
			return value{}, err
		}
		values = append(values, v)
	}
	_, err := d.Token()
	return listValue(values...), err
}

func parseObject(d *json.Decoder, depth int) (value, error) {
	object := tableValue()
	special := ""
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return value{}, err
		}
		v, err := parseNext(d, depth+1)
		if err != nil {
			return value{}, err
		}
		text, ok := name.(string)
		if !ok {
			return value{}, io.ErrUnexpectedEOF
		}
		if strings.HasPrefix(text, "$") {
			special = text
		}
		object.entries = append(object.entries, field(text, v))
	}
	if _, err := d.Token(); err != nil {
		return value{}, err
	}
	switch {
	case special == "":
		return object, nil
	case len(object.entries) > 1:
		return value{}, fmt.Errorf(`the key %q begins with $; write {"$table": [[key, value], …]} for a table that has it`, special)
	}
	return parseSpecial(special, object.entries[0].value)
}

// parseSpecial returns what an object stands for whose only key is name.
func parseSpecial(name string, v value) (value, error) {
	wrong := func(want string) (value, error) {
		return value{}, fmt.Errorf("%s must be %s", name, want)
	}
	switch name {
	case jsonBytes:
		b, err := base64.StdEncoding.DecodeString(v.text)
		if v.kind != session.String || err != nil {
			return wrong("a string in base64")
		}
		return textValue(string(b)), nil
	case jsonNumber:
		switch v.text {
		case "NaN":
			return numberValue(math.NaN()), nil
		case "Infinity":
			return numberValue(math.Inf(1)), nil
		case "-Infinity":
			return numberValue(math.Inf(-1)), nil
		}
		return wrong(`"NaN", "Infinity" or "-Infinity"`)
	case jsonTime:
		t, ok := parseTime(v)
		if !ok {
			return wrong("a time of RFC 3339, or seconds since 1970 and nanoseconds in an array")
		}
		return t, nil
	case jsonTable:
		table := tableValue()
		for _, pair := range v.entries {
			if !pair.value.isList() || len(pair.value.entries) != 2 {
				return wrong("an array of arrays of a key and a value")
			}
			kv := pair.value.entries
			table.entries = append(table.entries, entry{kv[0].value, kv[1].value})
		}
		if len(v.entries) > 0 && !v.isList() || v.kind != session.Table {
			return wrong("an array of arrays of a key and a value")
		}
		return table, nil
	}
	return value{}, fmt.Errorf("there is no form %q; there are $bytes $number $time $table", name)
}

func parseTime(v value) (value, bool) {
	switch {
	case v.kind == session.String:
		t, err := time.Parse(time.RFC3339Nano, v.text)
		return value{kind: session.Time, time: t}, err == nil
	case v.isList() && len(v.entries) == 2:
		seconds, nanos := v.entries[0].value, v.entries[1].value
		const most = 1 << 53
		whole := seconds.kind == session.Number && seconds.number == math.Trunc(seconds.number) && math.Abs(seconds.number) <= most &&
			nanos.kind == session.Number && nanos.number == math.Trunc(nanos.number) && nanos.number >= 0 && nanos.number < 1e9
		return value{kind: session.Time, time: time.Unix(int64(seconds.number), int64(nanos.number))}, whole
	}
	return value{}, false
}
