package cgi

import (
	"fmt"
	"strconv"
	"strings"
)

// maxNesting is how many bracketed keys one field name may have, as in PHP
// (max_input_nesting_level).
const maxNesting = 64

// Tree is an ordered set of entries with distinct keys: what field names with
// brackets spell. Entries stand in the order in which their keys first came.
type Tree struct {
	entries []Entry
	byKey   map[Key]int // position in entries; built once there are several
	last    int64       // the highest index so far, at least 0
}

// Key is an integer or a string.
type Key struct {
	Name    string // when IsIndex is false
	Index   int64  // when IsIndex is true
	IsIndex bool
}

// Entry is one key of a Tree with a string or, where Tree is not nil, a subtree.
type Entry struct {
	Key   Key
	Value string
	Field int // the position of the string's field in what Nest was given
	Tree  *Tree
}

// Entries returns the entries in their order. The slice must not be changed.
func (t *Tree) Entries() []Entry { return t.entries }

// Len returns the number of entries.
func (t *Tree) Len() int { return len(t.entries) }

// Nest builds the tree that a form's field names spell, as PHP and LiveCode do:
//
//	a=1            {a: "1"}           of a plain repeated name the last counts
//	a[]=1&a[]=2    {a: {1: "1", 2: "2"}}    lists start at 1
//	a[k][j]=1      {a: {k: {j: "1"}}}
//	a[5]=1&a[]=2   {a: {5: "1", 6: "2"}}    "[]" is one more than the highest
//
// The name before the first bracket is always a string key. Between brackets
// a decimal integer in its shortest form, of at most 15 digits (exact
// in a Lua number), is an index; "01" and "+1" are strings. A tree
// and a string under one key replace each other. As in PHP, what
// stands between "]" and the next "[" or the end does not count with all that
// follows it (a[b]c[d] is a[b]), "[ ]" is "[]", and a key ends at the first "]"
// (a[[b]] is a["[b"]). Other than in PHP no name is changed or dropped: one that
// starts with "[", and one whose first bracket is never closed, is plain; dots and
// spaces stay.
//
// The error is a [*StatusError] with 400 for a name nested more than 64 deep.
// The time taken is linear in the length of all names.
func Nest(fields []Field) (*Tree, error) {
	root := new(Tree)
	for i, f := range fields {
		if err := root.put(f, i); err != nil {
			return nil, err
		}
	}
	return root, nil
}

func (t *Tree) put(f Field, position int) error {
	name, rest := f.Name, ""
	if i := strings.IndexByte(f.Name, '['); i > 0 && strings.IndexByte(f.Name[i:], ']') > 0 {
		name, rest = f.Name[:i], f.Name[i:]
	}
	key := Key{Name: name}
	for depth := 0; ; depth++ {
		next, after, ok := cutBracket(rest)
		if !ok {
			t.set(Entry{Key: key, Value: f.Value, Field: position})
			return nil
		}
		if depth == maxNesting {
			return &StatusError{Status: 400, Reason: fmt.Sprintf("form field %.40q is nested more than %d deep", f.Name, maxNesting)}
		}
		t = t.sub(key)
		key = t.bracketKey(next)
		rest = after
	}
}

// cutBracket splits "[key]rest".
func cutBracket(s string) (key, rest string, ok bool) {
	if !strings.HasPrefix(s, "[") {
		return "", "", false
	}
	return strings.Cut(s[1:], "]")
}

// bracketKey returns the key in t that stands between brackets as s.
func (t *Tree) bracketKey(s string) Key {
	if s == "" || s == " " {
		return Key{Index: t.last + 1, IsIndex: true}
	}
	if len(s) <= len("-999999999999999") {
		// An integer is in its shortest form when it is written as it was read.
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && -1e15 < n && n < 1e15 && strconv.FormatInt(n, 10) == s {
			return Key{Index: n, IsIndex: true}
		}
	}
	return Key{Name: s}
}

// sub returns the subtree under k, which replaces a string there.
func (t *Tree) sub(k Key) *Tree {
	if i := t.find(k); i >= 0 && t.entries[i].Tree != nil {
		return t.entries[i].Tree
	}
	sub := new(Tree)
	t.set(Entry{Key: k, Tree: sub})
	return sub
}

func (t *Tree) set(e Entry) {
	if i := t.find(e.Key); i >= 0 {
		t.entries[i] = e
		return
	}
	if e.Key.IsIndex && e.Key.Index > t.last {
		t.last = e.Key.Index
	}
	t.entries = append(t.entries, e)
	if t.byKey != nil {
		t.byKey[e.Key] = len(t.entries) - 1
	}
}

// find returns the position of k, or -1. A few keys are found faster by looking
// at them; for many there is a map, whose seed is random, so that chosen names
// cannot make it slow (CVE-2011-4885).
func (t *Tree) find(k Key) int {
	const few = 8
	if len(t.entries) > few {
		if t.byKey == nil {
			t.byKey = make(map[Key]int, 2*len(t.entries))
			for i, e := range t.entries {
				t.byKey[e.Key] = i
			}
		}
		if i, ok := t.byKey[k]; ok {
			return i
		}
		return -1
	}
	for i := range t.entries {
		if t.entries[i].Key == k {
			return i
		}
	}
	return -1
}
