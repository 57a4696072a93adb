package template

import (
	"errors"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		// Characters and literals.
		{"<?lc\n x = \"abc\n ?>", "2:6: the string has no closing \" on its line"},
		{"<?lc\n x = 'abc", "2:6: the string has no closing '; the tag opened at 1:1 is never closed by ?>"},
		{"<?lc x = [==[ ]] ?>\nmore", "1:10: the string [==[ is never closed by ]==]"},
		{"<p>\n<?lc x = 1 --[[ ?>\nmore", "2:12: the comment --[[ is never closed by ]]"},
		{"<?lc x = 1 /* ?>\nmore", "1:12: the comment /* is never closed by */"},
		{"<?lc x = '\\300' ?>", "1:11: the escape \\300 in the string is above \\255"},
		{"<?lc x = 3x ?>", "1:10: malformed number 3x"},
		{"<?lc x = 0x ?>", "1:10: malformed number 0x"},
		{"<?lc x = 1..2 ?>", "1:10: malformed number 1..2"},
		{"<?lc x = 1e ?>", "1:10: malformed number 1e"},
		{"<?lc x = a & b ?>", "1:12: & is no operator of Lua; strings are joined with .. and conditions with and"},
		{"<?lc x = a != b ?>", "1:12: Lua writes ~= for \"not equal\", not !="},
		{"<?lc x = !b ?>", "1:10: Lua writes not for \"not\", not !"},
		{"<?lc x = a || b ?>", "1:12: | is no operator of Lua; conditions are joined with or"},
		{"<?lc x = ä ?>", "1:10: unexpected character ä; names consist of A-Z, a-z, 0-9 and _"},
		{"<?lc x = “a” ?>", "1:10: the quote “ begins no string; use \" or '"},
		{"<?lc x =\u00a01 ?>", "1:9: unexpected character \"\\u00a0\""},
		{"<?lc x = \xff ?>", "1:10: unexpected character \"\\xff\""},
		{"<?lc x = \x00 ?>", "1:10: unexpected character \"\\x00\""},
		{"<?lc x = ~1 ?>", "1:10: unexpected character ~"},
		{"<?lc x = $1 ?>", "1:10: unexpected character $"},
		{"<?lc x = $end ?>", "1:10: $end cannot be a variable: end is a reserved word of Lua"},

		// Tags.
		{"<p><?= x", "1:4: the tag <?= is never closed by ?>"},
		{"a\n<?lc= x\n", "2:1: the tag <?lc= is never closed by ?>"},
		{"<?= ?>", "1:5: the tag <?= holds no expression"},
		{"<?= a, b ?>", "1:6: the tag <?= takes one expression, but behind it here is ',' (opened at 1:1)"},
		{"<?= a b ?>", "1:7: the tag <?= takes one expression, but behind it here is 'b' (opened at 1:1)"},
		{"<?= (a ?>", "1:8: ')' is expected to close '(', but the tag ends (opened at 1:5)"},
		{"<?= f(function() ?>x<?lc end) ?>", "1:18: 'end' is expected to close 'function', but the tag ends (opened at 1:7)"},
		{"<?lc x = 1\n<p>\n<?= x ?>", "3:1: a tag opens inside a tag; the tag opened at 1:1 is never closed by ?>"},
		{"<?lc x = 1\n</p>\n<?= x ?>", "2:2: an expression is expected after '<', but here is '/'; the tag opened at 1:1 is never closed by ?>"},
		{"<?lc if x then\n<?lc end ?>", "2:1: a tag opens inside a tag; the tag opened at 1:1 is never closed by ?>"},

		// Blocks.
		{"<?lc for i = 1, 3 do ?>\n<p>", "2:4: 'end' is expected to close 'for', but the page ends (opened at 1:6)"},
		{"<?lc for i = 1, 3 do ?>\n<?lc if i then ?>\n<?lc end ?>", "3:12: 'end' is expected to close 'for', but the page ends (opened at 1:6)"},
		{"<?lc if x then", "1:15: 'end' is expected to close 'if', but the page ends (opened at 1:6); the tag opened at 1:1 is never closed by ?>"},
		{"a\n<?lc x = 1 end ?>", "2:12: 'end' has nothing left to close"},
		{"<?lc if x then ?>a<?lc end ?>b<?lc end ?>", "1:36: 'end' has nothing left to close"},
		{"<?lc else ?>", "1:6: 'else' stands outside of any 'if'"},
		{"<?lc elseif x then ?>", "1:6: 'elseif' stands outside of any 'if'"},
		{"<?lc until x ?>", "1:6: 'until' stands outside of any 'repeat'"},
		{"<?lc while x do ?><?lc else ?>", "1:24: 'end' is expected to close 'while', but here is 'else' (opened at 1:6)"},
		{"<?lc repeat ?><?lc end ?>", "1:20: 'until' is expected to close 'repeat', but here is 'end' (opened at 1:6)"},
		{"<?lc if x then else else end ?>", "1:21: 'end' is expected to close 'if', but here is 'else' (opened at 1:6)"},
		{"<?lc function f() ?>", "1:21: 'end' is expected to close 'function', but the page ends (opened at 1:6)"},
		{"<?lc return 1 x = 2 ?>", "1:15: 'return' must be the last statement of its block or tag, but behind it here is 'x' (opened at 1:6)"},
		{"<?lc while 1 do break x = 2 end ?>", "1:23: 'break' must be the last statement of its block or tag, but behind it here is 'x' (opened at 1:17)"},
		{"<?lc break ?>", "1:6: 'break' stands outside of any loop"},
		{"<?lc while 1 do f(function() break end) end ?>", "1:30: 'break' stands outside of any loop"},

		// Text in the middle of something.
		{"<?lc f( ?>text<?lc ) ?>", "1:9: an expression is expected after '(', but the tag ends (opened at 1:7)"},
		{"<?lc f(a ?>text<?lc ) ?>", "1:10: ')' is expected to close '(', but the tag ends (opened at 1:7)"},
		{"<?lc x = {\n1, ?>text<?lc } ?>", "2:4: an expression is expected after ',', but the tag ends (opened at 1:10)"},
		{"<?lc x = a[ ?>text", "1:13: an expression is expected after '[', but the tag ends (opened at 1:11)"},
		{"<?lc x = ?>text", "1:10: an expression is expected after '=', but the tag ends (opened at 1:8)"},
		{"<?lc x = a + ?>text", "1:14: an expression is expected after '+', but the tag ends (opened at 1:12)"},
		{"<?lc return x, ?>text", "1:16: an expression is expected after ',', but the tag ends (opened at 1:14)"},
		{"<?lc x ?>text", "1:8: '=' or a call is expected after 'x', but the tag ends (opened at 1:6)"},
		{"<?lc x. ?>text", "1:9: a name is expected after '.', but the tag ends (opened at 1:7)"},
		{"<?lc x: ?>text", "1:9: a name is expected after ':', but the tag ends (opened at 1:7)"},
		{"<?lc x:y ?>text", "1:10: an argument list is expected after 'y', but the tag ends (opened at 1:8)"},
		{"<?lc local ?>text", "1:12: a name is expected after 'local', but the tag ends (opened at 1:6)"},
		{"<?lc function ?>text", "1:15: a name is expected after 'function', but the tag ends (opened at 1:6)"},
		{"<?lc if x ?>text", "1:11: 'then' is expected after 'x', but the tag ends (opened at 1:6)"},
		{"<?lc for i = 1 ?>text", "1:16: ',' is expected after '1', but the tag ends (opened at 1:6)"},
		{"<?lc f( ?><?= x ?>)", "1:9: an expression is expected after '(', but the tag ends (opened at 1:7)"},

		// Expressions and statements.
		{"<?lc x = ) ?>", "1:10: an expression is expected after '=', but here is ')'"},
		{"<?lc f() = 1 ?>", "1:10: nothing can be assigned to a call or an expression in parentheses"},
		{"<?lc (a), b = 1 ?>", "1:9: nothing can be assigned to a call or an expression in parentheses"},
		{"<?lc 5 ?>", "1:6: a statement is expected, but here is '5'"},
		{"<?lc x y ?>", "1:8: '=' or a call is expected after 'x', but here is 'y'"},
		{"<?lc x = {1, 2 ?>", "1:16: '}' is expected to close '{', but the tag ends (opened at 1:10)"},
		{"<?lc x = (1] ?>", "1:12: ')' is expected to close '(', but here is ']' (opened at 1:10)"},
		{"<?lc f\n(1) ?>", "2:1: this may be a call of what stands on the line before, or a new statement; write both on one line or a ';' before it"},
		{"<?lc function f() return ... end ?>", "1:26: '...' stands in a function that does not take '...'"},
		{"<?lc (a) ?>", "1:10: '=' or a call is expected after ')', but the tag ends (opened at 1:8)"},
		{"<?lc for x do end ?>", "1:12: '=' or 'in' is expected after 'x', but here is 'do' (opened at 1:6)"},
		{"<?lc function f end ?>", "1:17: '(' is expected after 'f', but here is 'end' (opened at 1:6)"},
		{"<?lc goto = 1 ?>", "1:6: 'goto' cannot be a name here: it is a reserved word, as in Lua since 5.2; choose another name, or write a field as t[\"goto\"]"},
		{"<?lc local goto = 1 ?>", "1:12: 'goto' cannot be a name here: it is a reserved word, as in Lua since 5.2; choose another name, or write a field as t[\"goto\"]"},
		{"<?lc x = t.goto ?>", "1:12: 'goto' cannot be a name here: it is a reserved word, as in Lua since 5.2; choose another name, or write a field as t[\"goto\"]"},

		// LiveCode.
		{"<?lc put ?>", "1:10: an expression is expected after 'put', but the tag ends (opened at 1:6)"},
		{"<?lc put 5 into ?>", "1:17: a variable is expected after 'into', but the tag ends (opened at 1:12)"},
		{"<?lc put 5 into 6 ?>", "1:17: a variable is expected after 'into', but here is '6'"},
		{"<?lc put 5 into f(x) ?>", "1:18: 'put ... into' needs a variable, or fields of one, and cannot store in a call"},
		{"<?lc put 5 after a.b:c() ?>", "1:21: 'put ... after' needs a variable, or fields of one, and cannot store in a call"},
		{"<?lc put (a, b) into c ?>", "1:17: 'put' takes one expression, but here are 2 in parentheses (opened at 1:10)"},
		{"<?lc put 'a' 'b' into c ?>", "1:18: a string or a table must stand in parentheses to be indexed or called (opened at 1:10)"},
		{"<?lc put header 'x' into c ?>", "1:21: 'put header' sends a header and has no 'into'; to call a function header, put it in parentheses"},
		{"<?lc set the itemDelimiter to ',' ?>", "1:14: 'itemDelimiter' is no property that can be set; there are sessionName, sessionCookieName, sessionID, sessionLifetime, sessionSavePath"},
		{"<?lc set the ?>", "1:14: the name of a property is expected after 'the', but the tag ends (opened at 1:10)"},
		{"<?lc set the sessionID 5 ?>", "1:24: 'to' is expected after 'sessionID', but here is '5'"},
		{"<?lc start using x ?>", "1:12: '=' or a call is expected after 'start', but here is 'using'"},
		{"<?lc Start session ?>", "1:12: '=' or a call is expected after 'Start', but here is 'session'"},
	} {
		_, err := Parse("p.lc", []byte(c.src))
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: error %v, want %s", c.src, err, c.want)
			continue
		}
		want := "p.lc:" + c.want
		if got := err.Error(); got != want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, want)
		}
		if e.Pos.Line < 1 || e.Pos.Col < 1 {
			t.Errorf("%q: position %v", c.src, e.Pos)
		}
	}
}

// Positions count as editors do.
func TestPositions(t *testing.T) {
	for _, c := range []struct {
		src  string
		want Pos
	}{
		{"\ufeff<?lc 5 ?>", Pos{1, 6}},
		{"ä€😀<?lc 5 ?>", Pos{1, 9}},
		{"\xff\xfe<?lc 5 ?>", Pos{1, 8}},
		{"a\n\n <?lc 5", Pos{3, 7}},
		{"a\r\n\r\n <?lc 5", Pos{3, 7}},
		{"a\r\r <?lc 5", Pos{3, 7}},
		{"#!x\n<?lc 5", Pos{2, 6}},
		{"\t<?lc 5", Pos{1, 7}},
	} {
		_, err := Parse("p.lc", []byte(c.src))
		var e *Error
		if !errors.As(err, &e) || e.Pos != c.want {
			t.Errorf("%q: %v, want %v", c.src, err, c.want)
		}
	}
}
