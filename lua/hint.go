package lua

import "strings"

// hint returns what the author of a page most likely wanted who used a global that
// does not exist, and "" if nothing is known: the message of Lua names it.
func (e *Engine) hint(message string) string {
	if name, ok := missingGlobal(message, "attempt to index global '"); ok && e.hasModule(name) {
		return `modules are asked for first: local ` + name + ` = require "` + name + `"`
	}
	if name, ok := missingGlobal(message, "attempt to call global '"); ok {
		return otherWord(name)
	}
	return ""
}

func missingGlobal(message, begin string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(message, begin)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, "' (a nil value)")
}

// otherWord returns what a word of another language is called here.
func otherWord(name string) string {
	switch name {
	case "echo", "print_r", "puts", "document", "write":
		return "put(…) and <?= … ?> write into the page"
	case "var_dump":
		return `json.encode(value, { indent = 2 }) shows a table, after local json = require "json"`
	case "printf", "sprintf", "number_format":
		return "string.format(…) makes the text, and put(…) writes it"
	case "htmlspecialchars", "htmlentities":
		return "<?= … ?> escapes by itself; escape(text) returns the text"
	case "nl2br":
		return `put((escape(text):gsub("\n", "<br>\n")))`
	case "isset", "is_null", "defined":
		return "compare with nil: if x ~= nil then"
	case "empty":
		return `compare with nil and "": if x and x ~= "" then`
	case "count", "sizeof", "strlen", "len":
		return "#x is the length of a list or a string"
	case "header":
		return "response.header(name, value), or redirect(url)"
	case "http_response_code":
		return "response.status(code)"
	case "setcookie":
		return "response.cookie(name, value, { … })"
	case "session_start", "session_destroy":
		return "the statements are start session and delete session"
	case "move_uploaded_file":
		return "_FILES.name:save(path)"
	case "json_encode", "json_decode":
		return `local json = require "json", then json.encode and json.decode`
	case "password_hash", "password_verify", "md5", "sha1", "hash", "hash_hmac", "base64_encode", "base64_decode", "random_bytes":
		return `the module crypto has it: local crypto = require "crypto"`
	case "preg_match", "preg_replace", "preg_split", "preg_match_all", "preg_quote":
		return `the module re has it: local re = require "re"`
	case "urlencode", "rawurlencode", "urldecode", "rawurldecode", "http_build_query", "parse_url", "parse_str":
		return `the module url has it: local url = require "url"`
	case "mb_strlen", "mb_substr":
		return `the module utf8 knows characters: local utf8 = require "utf8"`
	case "time", "date", "strtotime", "mktime":
		return `os.time and os.date, or more: local time = require "time"`
	case "error_log":
		return `local log = require "log", then log.info(message)`
	case "explode", "str_replace", "substr", "strpos", "trim", "strtolower", "strtoupper", "ucfirst":
		return "strings have methods: s:sub, s:find, s:gsub, s:lower, s:upper"
	case "implode", "join":
		return "table.concat(list, separator)"
	case "array_push", "in_array", "array_merge", "sort", "ksort", "usort":
		return "the library table has insert, remove, sort and concat"
	case "foreach":
		return "for i, v in ipairs(list) do … end, and pairs for all keys"
	case "file_get_contents", "fopen", "file_put_contents":
		return "io.open(path, mode) opens a file"
	case "include_once", "require_once":
		return "include(path) runs a page, require(name) loads a module once"
	case "die":
		return "error(message) fails the page, exit() ends it"
	case "getenv":
		return "os.getenv(name)"
	}
	return ""
}
