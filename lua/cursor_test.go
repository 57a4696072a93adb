package lua_test

import (
	"strings"
	"testing"
)

// What a function or an included page prints is escaped for HTML text. Where it
// would be printed elsewhere, by whatever name and detour it is called, the page
// fails.
func TestPrintsOutOfPlace(t *testing.T) {
	const val = `function(v) ?>"<?= v ?>"<?lc end`
	files := map[string]string{
		"value.lc":   `"<?= ... ?>"`,
		"defs.lc":    `<?lc function included(v) ?>"<?= v ?>"<?lc end return {val = ` + val + `} ?>`,
		"module.lua": `local M = {} function M.call(f, ...) return f(...) end function M.page(v) return include("value.lc", v) end return M`,
	}
	const before = `<?lc M = {} M.val = ` + val + ` function M:render(v) M.val(v) end local g = M.val
		local function wrapper(...) return M.val(...) end
		local tbl = {deep = {val = M.val}}
		local obj = setmetatable({}, {__index = function(_, k) M.val(k) return k end, __tostring = function() M.val('\\') return 's' end,
			__call = function(_, v) M.val(v) end, __concat = function(a, b) M.val('\\') return 'c' end, __add = function() M.val('\\') return 1 end,
			__eq = function() M.val('\\') return true end, __lt = function() M.val('\\') return true end, __newindex = function(_, _, v) M.val(v) end})
		local other = setmetatable({}, getmetatable(obj))
		local mod = require('module') ?>`
	calls := []string{
		`M.val(x)`, `M['val'](x)`, `M:render(x)`, `g(x)`, `wrapper(x)`, `tbl.deep.val(x)`, `later(x)`, `nested(x)`,
		`assert(pcall(M.val, x))`, `assert(xpcall(function() M.val(x) end, function(e) return e end))`, `obj(x)`, `local _ = obj.field`,
		`local _ = obj .. x`, `local _ = obj + 1`, `local _ = obj == other`, `local _ = obj < other`, `obj.a = x`, `local s = tostring(obj)`,
		`put(obj)`, `table.sort({1, 2}, function(a, b) M.val(x) return a < b end)`, `string.gsub('a', 'a', function() M.val(x) end)`,
		`string.gsub('a', 'a', obj)`, `for _ in function() M.val(x) end do end`, `coroutine.wrap(M.val)(x)`,
		`local co = coroutine.create(function() coroutine.yield() M.val(x) end) coroutine.resume(co) assert(coroutine.resume(co))`,
		`include('value.lc', x)`, `assert(pcall(include, 'value.lc', x))`, `local i = include i('value.lc', x)`, `mod.call(M.val, x)`, `mod.call(include, 'value.lc', x)`,
		`mod.page(x)`, `assert(loadstring('M.val(...)'))(x)`, `include('defs.lc').val(x)`, `include('defs.lc') included(x)`, `_G['included2'](x)`,
	}
	const after = `<?lc function later(v) M.val(v) end ?>`
	const define = `<?lc function nested(v) return M.val(v) end function included2(v) ?><b title="<?= v ?>"></b><?lc end local x = _GET.x function later(v) M.val(v) end ?>`
	for i, place := range []string{
		"<script>var a = {}, b = 1;</script>", "<script>var a = '{}'</script>", "<style>p { color: {} }</style>", "<a href=\"{}\">", "<p title={}>",
		"<p {}>", "<p onclick=\"f({})\">", "<p style='color: {}'>", "<!-- {} -->", "<iframe srcdoc=\"{}\">", "<img srcset='{}'>", "<b{}>", "<!DOCTYPE {}>",
	} {
		for j, call := range calls {
			if i > 2 && (i+j)%7 != 0 {
				continue // each place and each call, but not each of all pairs
			}
			pages := map[string]string{"statement": "<?lc " + call + " ?>"}
			if !strings.Contains(call, " ") {
				pages["expression"] = "<?= " + call + " ?>"
			}
			for kind, code := range pages {
				s := newSite(t, files)
				s.write("p.lc", before+define+strings.ReplaceAll(place, "{}", code)+after)
				a := s.do("/p.lc?x=%5C%27%3Bpwn()", "")
				if log := strings.Join(s.log, "\n"); a.status != 500 || !strings.Contains(log, "is escaped for HTML text, but would be printed inside") {
					t.Errorf("%s in %s, %s: %d %q\nlog: %s", call, place, kind, a.status, a.body.String(), log)
				}
			}
		}
	}
}

// What stands in text, or prints no values, is not refused, wherever else on the
// line the page is outside of text.
func TestPrintsInPlace(t *testing.T) {
	const defs = `<?lc M = {} M.card = function(v) ?><i title="<?= v ?>"><?= v ?></i><?lc end
		function M.sep() ?>, <?lc end function M.id(v) return v end function M.bold() ?><b class="a">b</b><?lc end
		function M.word(v) ?>w <?= v ?><?lc end function M.say(v) ?>say "<?= v ?>"<?lc end
		function M.link(v) ?><a <?lc if v then ?>title="<?= v ?>"<?lc end ?>>x</a><?lc end local x = _GET.x
		obj = setmetatable({}, {__tostring = function() M.word(1) return 'o' end}) ?>`
	for _, c := range []struct{ src, want string }{
		{`<script>var a = <?= M.id(x) ?></script><?lc M.card(x) ?>`, `<script>var a = "\u0022\u003c"</script><i title="&#34;&lt;">&#34;&lt;</i>`},
		{`<a href="<?= M.id(x) ?>"><?lc M.card(x) ?></a><script><?lc M.sep() ?></script><?lc M.link(x) ?>`, `<a href="%22%3C"><i title="&#34;&lt;">&#34;&lt;</i></a><script>, </script><a title="&#34;&lt;">x</a>`},
		{`<script>f([<?lc for i = 1, 2 do ?><?= i ?><?lc M.sep() end ?>'<?= x ?>'])</script>`, `<script>f([1, 2, '\u0022\u003c'])</script>`},
		{`<script>s = '<?lc M.bold() ?><?= x ?>'</script><?lc M.card(1) ?>`, `<script>s = '<b class="a">b</b>\u0022\u003c'</script><i title="1">1</i>`},
		{`<script>s = '<?lc M.link() ?><?= x ?>'</script>`, `<script>s = '<a >x</a>\u0022\u003c'</script>`},
		{`<p title="<?lc M.word(x) M.word(x) ?>"><textarea><?lc M.say(x) ?></textarea>`, `<p title="w &#34;&lt;w &#34;&lt;"><textarea>say "&#34;&lt;"</textarea>`},
		{`<p <?lc if x then ?>title="<?= x ?>"<?lc end ?>><?lc M.card(1) ?>`, `<p title="&#34;&lt;"><i title="1">1</i>`},
		{`<p title="<?= obj ?>"><script><?lc include('lit.lc') ?> = <?= x ?></script>`, `<p title="w 1o"><script>var a<i>b</i> = "\u0022\u003c"</script>`},
		{`<p><?lc local co = coroutine.wrap(function() M.card(1) coroutine.yield() M.card(2) end) co() ?><a href="/<?= x ?>"><?lc co() ?>`, `<p><i title="1">1</i><a href="/%22%3C"><i title="2">2</i>`},
		{`<?lc pcall(function() ?><p title="<?= x ?>"><?lc error('x') end) ?><?= x ?>`, `<p title="&#34;&lt;">&#34;&lt;`},
		{`<script><?lc put('f(1)') print('g') ?></script><?= x ?>`, "<script>f(1)g\n</script>&#34;&lt;"},
	} {
		s := newSite(t, map[string]string{"p.lc": defs + c.src, "lit.lc": "var a<i>b</i>"})
		s.want("/p.lc?x=%22%3C", 200, c.want)
	}
	for _, c := range []struct{ src, log string }{
		// What a function's own text has opened, or ended, counts.
		{`<p title="<?lc M.say(x) ?>">`, "p.lc:3: the value at p.lc:3:72 is escaped for HTML text, but would be printed inside an attribute at p.lc:6:11; "},
		{`<p title="<?lc M.card(x) ?>">`, "inside an attribute"},
		{`<p title="<?lc M.link(x) ?>">`, "inside an attribute"},
		{`<p title="<?lc M.bold() M.word(x) ?>">`, "inside an attribute"},
		{`<textarea><?lc include('end.lc') M.word(x) ?></textarea>`, "inside an element without tags"},
		{`<script>'<?lc M.link(x) ?>'</script>`, "inside a script at p.lc:6:10"},
		{`<script>a = <?= obj ?></script>`, "inside a script"},
		{`<a href="<?= 'a' ?><?= obj ?>">`, "inside a URL at p.lc:6:14"},
		// A function that fails leaves the page where it was.
		{`<?lc pcall(function() ?><a href="<?= error('x') ?>"><?lc end) ?><p><?= x ?>`, "the value at p.lc:6:72 is escaped for HTML text, but would be printed inside a URL at p.lc:6:34; "},
		{`<?lc pcall(function() ?><p title="a<?= {} ?>"><?lc end) ?><p id="b"><?= x ?>`, "inside an attribute at p.lc:6:36"},
		{`<?lc pcall(function() ?><p title="<?= error('x') ?>"></p><?lc end) ?><script>a = <?= x ?></script>`, "inside an attribute"},
		// So does a coroutine that waits.
		{`<?lc local co = coroutine.wrap(function() ?><a href="<?lc coroutine.yield() ?><?= x ?>"></a><?lc end) co() ?><?= x ?><?lc co() ?>`, "inside a URL"},
		{`<?lc local co = coroutine.wrap(function() ?><a href="<?lc coroutine.yield() ?><?= x ?>"></a><?lc end) co() ?><p title="<?lc co() ?>">`, "inside a URL"},
	} {
		s := newSite(t, map[string]string{"p.lc": defs + "\n" + c.src, "end.lc": "</textarea>"})
		a := s.do("/p.lc?x=%22%3C", "")
		if log := strings.Join(s.log, "\n"); a.status != 500 || !strings.Contains(log, c.log) {
			t.Errorf("%s: %d %q\nlog %s\nlacks %s", c.src, a.status, a.body.String(), log, c.log)
		}
	}
}

// A page that is XML is sent as XML, as it is escaped for that.
func TestXMLPage(t *testing.T) {
	const feed = "<?xml version=\"1.0\"?><rss><title><?= _GET.x ?></title></rss>"
	s := newSite(t, map[string]string{
		"feed.lc":    "<?lc local x = 1 ?>\n" + feed,
		"type.lc":    "<?lc response.type('application/rss+xml') ?>" + feed,
		"drawing.lc": `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><style/><?= _GET.x ?></svg>`,
		"xhtml.lc":   `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><?= _GET.x ?></html>`,
		"part.lc":    "<p><?lc include('feed.lc') ?>",
		"fails.lc":   feed + "<?lc error('x') ?>",
	})
	const rss = "<?xml version=\"1.0\"?><rss><title>&lt;\uFFFD</title></rss>"
	for _, c := range []struct {
		page   string
		status int
		typ    string
		body   string
	}{
		{"feed", 200, "application/xml; charset=utf-8", rss},
		{"type", 200, "application/rss+xml", rss},
		{"drawing", 200, "image/svg+xml; charset=utf-8", "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><style/>&lt;\uFFFD</svg>"},
		{"xhtml", 200, "text/html; charset=utf-8", "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">&lt;\uFFFD</html>"},
		{"part", 200, "text/html; charset=utf-8", "<p>" + rss},
		{"fails", 500, "text/html; charset=utf-8", ""},
	} {
		a := s.do("/"+c.page+".lc?x=%3C%01", "")
		if a.status != c.status || a.get("Content-Type") != c.typ || c.body != "" && a.body.String() != c.body {
			t.Errorf("%s: %d, %s, %q, want %d, %s, %q", c.page, a.status, a.get("Content-Type"), a.body.String(), c.status, c.typ, c.body)
		}
	}
}
