package tests

import (
	"strings"
	"testing"
)

func phpClose() []phpRow {
	rows := []phpRow{
		{"session_write_close_basic", "stop stores and closes", phpStartPage + `s.data.blah = "foo" s:stop() put(s.data.blah, session.start{}.data.blah) ?>`, []string{"", "foofoo"}, nil},
		{"session_write_close_error", "stop takes no notice of arguments", phpStartPage + `s.data.n = 1 s:stop(5, {}, "x") put(session.start{}.data.n) ?>`, []string{"", "1"}, nil},
		{"session_write_close_variation1", "stopping twice does no harm", phpStartPage + `s.data.n = (s.data.n or 0) + 1 s:stop() s:stop() s:stop() put(session.start{}.data.n) ?>`, []string{"", "1", "", "2"}, nil},
		{"session_write_close_variation2", "stop without a session is an error that names start session", `<?lc local ok, err = pcall(function() stop session end) put(tostring(ok), tostring(err:find("start session", 1, true) ~= nil)) ?>`,
			[]string{"", "falsetrue"}, nil},
		{"session_write_close_variation3", "what is set after stop is not stored", phpStartPage + `s.data.n = 1 s:stop() s.data.n = 2 put(session.start{}.data.n) ?>`, []string{"", "1", "", "1"}, nil},
		{"session_write_close_variation4", "the id stays over stops", phpStartPage + `s.data.n = 1 local ids = {} for i = 1, 4 do ids[session.start{}.id] = true session.start{}:stop() end
			local n = 0 for _ in pairs(ids) do n = n + 1 end put(n) ?>`, []string{"", "1"}, nil},
		{"bug60634_error_1", "an error while saving leaves the old state", `<?lc local s = session.start{} put(tostring(s.data.n)) s.data.n = (s.data.n or 0) + 1 if _GET.fail then s:beforeSave(function() error("no") end) end ?>`, []string{"", "nil", "", "1"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "nil")
				g.fails(page+"?fail=1", "no")
				g.want(page, "1")
			}},
		{"bug60634_error_2", "an error in stop leaves the old state", `<?lc local s = session.start{} put(tostring(s.data.n)) s.data.n = (s.data.n or 0) + 1
			if _GET.fail then s:beforeSave(function() error("no") end) put(tostring(pcall(s.stop, s))) s:abort() end ?>`, []string{"", "nil", "fail=1", "1false", "", "1"}, nil},
		{"bug60634_error_3", "an error in the page after stop leaves what was stopped", `<?lc local s = session.start{} put(tostring(s.data.n)) s.data.n = (s.data.n or 0) + 1 if _GET.fail then s:stop() error("later") end ?>`, []string{"", "nil"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "nil")
				g.fails(page+"?fail=1", "later")
				g.want(page, "2")
			}},
		{"bug60634_error_4", "the function before a save sees the session", phpStartPage + `s:beforeSave(function(x) x.data.from = x.name end) put(tostring(s.data.from)) s.data.n = 1 ?>`, []string{"", "nil", "", "LCSESSION"}, nil},
		{"bug60634", "exit stores the session", phpStartPage + `put(tostring(s.data.n)) s.data.n = 1 exit() ?>`, []string{"", "nil", "", "1"}, nil},
		{"bug61728", "the function before a save can print", phpStartPage + `s.data.n = 1 s:beforeSave(function() put("saved") end) put("page ") ?>`, []string{"", "page saved"}, nil},
		{"bailout_in_write_no_sticky_flag", "a page whose save was refused does not hold up the next", `<?lc local s = session.start{} put(tostring(s.data.n)) s.data.n = 1 if _GET.fail then s.data.f = print end ?>`, []string{"", "nil"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "nil")
				for range 3 {
					g.fails(page+"?fail=1", "f is a function")
					g.want(page, "1")
				}
			}},
		{"bug71162", "a session that is not changed is used all the same", phpStartPage + `if _GET.set then s.data.n = 1 end put(s.lastHit == 0 and "new" or "used") ?>`, []string{"", "new", "", "new", "set=1", "new", "", "used"}, nil},
	}
	// LiveCode's words do the same as the methods.
	for i, page := range []string{
		`<?lc start session $_SESSION["n"] = "foo" stop session start session put(_SESSION.n) ?>`,
		`<?lc start session $_SESSION["n"] = "foo" stop session local again = pcall(function() stop session end) start session put(again or _SESSION.n) ?>`,
		`<?lc start session $_SESSION["n"] = "foo" stop session $_SESSION["n"] = "bar" start session put(_SESSION.n) ?>`,
		`<?lc start session put "foo" into $_SESSION["n"] stop session put session.start{readonly = true}.data.n ?>`,
		`<?lc start session local id = sessionID _SESSION.n = 1 stop session start session put(id == sessionID and "foo" or "another id") ?>`,
	} {
		name := "session_commit_basic"
		if i > 0 {
			name = "session_commit_variation" + string(rune('0'+i))
		}
		rows = append(rows, phpRow{name, "stop session", page, []string{"", "foo", "", "foo"}, nil})
	}
	return rows
}

func phpAbort() []phpRow {
	return []phpRow{
		{"session_abort_basic", "abort drops what was changed", phpStartPage + `if _GET.set then s.data.foo = "bar" else s.data.foo = 123 s.data.more = 1 s:abort()
			local t = session.start{} put(t.data.foo, tostring(t.data.more)) end ?>`, []string{"set=1", "", "", "barnil", "", "barnil"}, nil},
		{"session_reset_basic", "abort and start give back what was stored", phpStartPage + `if _GET.set then s.data.foo = {1, 2} else s.data.foo[1] = 99 s:abort() put(session.start{}.data.foo[1]) end ?>`,
			[]string{"set=1", "", "", "1", "", "1"}, nil},
		{"session_unset_basic", "reset empties the session", phpStartPage + `s.data.a, s.data.b = 1, {2} s:save() s:reset() put(tostring(next(s.data))) s:stop() put(tostring(next(session.start{}.data))) ?>`, []string{"", "nilnil"}, nil},
		{"session_unset_error", "reset of a session that is closed is an error", phpStartPage + `s:stop() put(tostring(pcall(s.reset, s))) ?>`, []string{"", "false"}, nil},
		{"session_unset_variation1", "reset of an empty session does nothing", phpStartPage + `s:reset() s:reset() put(tostring(next(s.data)), #s.id) ?>`, []string{"", "nil64"}, nil},
		{"ours-reset-set", "what is set after a reset is kept", phpStartPage + `s.data.a = 1 s:reset() s.data.b = 2 s:stop() local d = session.start{}.data put(tostring(d.a), d.b) ?>`, []string{"", "nil2"}, nil},
		{"002", "where no session is started there is none to reset", `<?lc local s = session.get() if s then s:reset() end put("ok") ?>`, []string{"", "ok"}, nil},
		{"ours-reset-deleted", "reset of a session that was deleted is an error", phpStartPage + `s.data.n = 1 s:delete() put(tostring(pcall(s.reset, s))) ?>`, []string{"", "false"}, nil},
		{"bug73273", "reset leaves copies of the data alone", phpStartPage + `s.data.n = 1 local copy = s.data s:reset() put(copy.n, tostring(s.data.n)) ?>`, []string{"", "1nil"}, nil},
		{"ours-abort-flushed", "an abort after a flush stores nothing", phpStartPage + `put(tostring(s.data.n)) if _GET.set then s.data.n = 1 else s.data.n = 2 response.flush() s:abort() end ?>`, []string{"set=1", "nil", "", "1", "", "1"}, nil},
	}
}

func phpDestroy() []phpRow {
	return []phpRow{
		{"session_destroy_error", "delete takes no notice of arguments", phpStartPage + `s.data.n = 1 s:delete(5, {}) put(tostring(s.data.n)) ?>`, []string{"", "nil"}, nil},
		{"session_destroy_variation1", "delete before a start is an error that names start session", `<?lc local ok, err = pcall(function() delete session end) put(tostring(ok), tostring(err:find("start session", 1, true) ~= nil)) ?>`, []string{"", "falsetrue"}, nil},
		{"session_destroy_variation2", "delete and start in one page give another id", phpStartPage + `s.data.n = 1 s:save() local old = s.id s:delete() local t = session.start{} t.data.n = 2 put(tostring(t.id ~= old)) ?>`, []string{"", "true", "", "true"}, nil},
		{"session_destroy_variation3", "deleting twice does no harm", phpStartPage + `s.data.n = 1 s:delete() s:delete() put("done") ?>`, []string{"", "done"}, nil},
		{"bug72562", "a deleted session cannot be saved", phpStartPage + `s.data.n = 1 s:delete() put(tostring(pcall(s.save, s)), tostring(pcall(s.rotate, s))) ?>`, []string{"", "falsefalse"}, nil},
		{"bug73100", "delete does not depend on the save path that is set by then", `<?lc start session _SESSION.n = 1 sessionSavePath = "/no/such/folder" delete session put("done") ?>`, []string{"", "done"}, nil},
		{"009", "a variable that is set to nil is gone", phpStartPage + `if _GET.set then s.data.n = 1 end if _GET.unset then s.data.n = nil end put(tostring(s.data.n)) ?>`, []string{"set=1", "1", "unset=1", "nil", "", "nil"}, nil},
		{"ours-session-nil", "_SESSION set to nil empties the session", `<?lc start session if _GET.set then _SESSION.n = 1 end if _GET.unset then _SESSION = nil end put(tostring(_SESSION and _SESSION.n)) ?>`, []string{"set=1", "1", "", "1", "unset=1", "nil", "", "nil"}, nil},
		{"ours-deleted-data", "data of a deleted session is not there for the next", phpStartPage + `if _GET.drop then s:delete() else put(tostring(s.data.n)) s.data.n = 1 end ?>`, []string{"", "nil", "", "1", "drop=1", "", "", "nil"}, nil},
	}
}

func phpRenew() []phpRow {
	return []phpRow{
		{"session_regenerate_id_basic", "rotate gives another id and keeps the data", phpStartPage + `s.data.n = (s.data.n or 0) + 1 local old = s.id s:rotate() put(tostring(s.id ~= old), s.data.n) ?>`, []string{"", "true1", "", "true2"}, nil},
		{"session_regenerate_id_cookie", "rotate sends the new id, and only that", phpStartPage + `s.data.n = 1 s:save() s:rotate() put(s.id) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				for range 2 {
					r := g.get(page)
					if lines := r.Header.Values("Set-Cookie"); len(lines) != 1 || !strings.HasPrefix(lines[0], "LCSESSION="+string(r.Body)+";") {
						t.Errorf("Set-Cookie is %q, the id %s", lines, r.Body)
					}
				}
			}},
		{"session_regenerate_id_error", "a grace that is no number of seconds is an error", phpStartPage + `for _, grace in ipairs{-1, 301, "x", {}, 0/0} do put(tostring(pcall(s.rotate, s, grace))) end ?>`, []string{"", strings.Repeat("false", 5)}, nil},
		{"session_regenerate_id_variation1", "rotate after stop is an error", phpStartPage + `s.data.n = 1 s:stop() put(tostring(pcall(s.rotate, s))) ?>`, []string{"", "false"}, nil},
		{"bug38377", "delete after a rotation deletes all of it", phpStartPage + `if _GET.set then s.data.n = 1 else s:rotate() s:delete() put(tostring(session.start{}.data.n)) end ?>`, []string{"set=1", "", "", "nil", "", "nil"}, nil},
		{"012", "_SESSION that is no table is an error, and the old state stays", `<?lc start session put(tostring(_SESSION.n)) _SESSION.n = 1 if _GET.fail then _SESSION = "kk" end ?>`, []string{"", "nil"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "nil")
				g.fails(page+"?fail=1", "it must be a table")
				g.want(page, "1")
			}},
		{"bug61470", "the new id is in the store at once when it is saved", phpStartPage + `s.data.n = 1 s:rotate() s:save() local id = s.id s:stop() put(tostring(session.start{readonly = true, id = id}.data.n)) ?>`, []string{"", "1"}, nil},
		{"bug63379", "rotating with no grace, several times in a page", phpStartPage + `s.data.n = (s.data.n or 0) + 1 for i = 1, 3 do s:rotate(0) end put(s.data.n) ?>`, []string{"", "1", "", "2", "", "3"}, nil},
		{"bug63379_nodestroy", "rotating with a grace, several times in a page", phpStartPage + `s.data.n = (s.data.n or 0) + 1 for i = 1, 3 do s:rotate() end put(s.data.n) ?>`, []string{"", "1", "", "2", "", "3"}, nil},
		{"bug67694", "data that is set before and after a rotation", phpStartPage + `s.data.a = (s.data.a or 0) + 1 s:rotate() s.data.b = (s.data.b or 10) + 1 put(s.data.a, " ", s.data.b) ?>`, []string{"", "1 11", "", "2 12"}, nil},
		{"bug70013", "the table of the data is the same after a rotation", phpStartPage + `local d = s.data s:rotate() d.n = (d.n or 0) + 1 put(tostring(d == s.data), s.data.n) ?>`, []string{"", "true1", "", "true2"}, nil},
		{"bug70876", "rotating a session that was never stored", phpStartPage + `s:rotate() s:rotate(0) put(s.result) ?>`, []string{"", "new", "", "new"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.withID(t, "LCSESSION", strings.Repeat("ab", 32))
				g.want(page, "new")
			}},
		{"ours-abort-rotation", "an abort takes a rotation back", phpStartPage + `if _GET.set then s.data.n = 1 else s:rotate(0) s:abort() put(session.start{}.data.n) end ?>`, []string{"set=1", "", "", "1", "", "1"}, nil},
		{"ours-error-rotation", "an error after a rotation takes it back", phpStartPage + `put(tostring(s.data.n)) s.data.n = 1 if _GET.fail then s:rotate(0) error("no") end ?>`, []string{"", "nil"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "nil")
				g.fails(page + "?fail=1")
				g.want(page, "1")
			}},
	}
}
