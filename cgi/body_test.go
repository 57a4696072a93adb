package cgi_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"lcgi/cgi"
)

// status returns the status that err answers with, 0 for nil, -1 for another error.
func status(err error) int {
	var se *cgi.StatusError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &se):
		return se.Status
	}
	return -1
}

func TestRequestBody(t *testing.T) {
	const chunked = "\x00chunked" // stands for a missing length and Transfer-Encoding: chunked
	tests := []struct {
		name, length, input string
		want                string
		status              int
	}{
		{"RFC 3875 §4.1.2: no length, no body", "", "abc", "", 0},
		{"RFC 3875 §4.1.2: zero", "0", "abc", "", 0},
		{"RFC 3875 §4.2: no more than the length", "2", "abc", "ab", 0},
		{"exact", "3", "abc", "abc", 0},
		{"leading zeros", "003", "abc", "abc", 0},
		{"any bytes", "4", "\x00\xff\r\n", "\x00\xff\r\n", 0},
		{"shorter than promised", "4", "abc", "", 400},
		{"nothing of what was promised", "4", "", "", 400},
		{"negative", "-1", "abc", "", 400},
		{"hexadecimal", "0x10", "abc", "", 400},
		{"exponent", "1e3", "abc", "", 400},
		{"leading space", " 3", "abc", "", 400},
		{"trailing space", "3 ", "abc", "", 400},
		{"plus", "+3", "abc", "", 400},
		{"list", "3, 3", "abc", "", 400},
		{"NUL", "3\x00", "abc", "", 400},
		{"20 nines", strings.Repeat("9", 20), "abc", "", 400},
		{"over the limit", "11", "abc", "", 413},
		{"at the limit", "10", "0123456789", "0123456789", 0},
		{"chunked, as Apache passes it", chunked, "abc", "abc", 0},
		{"chunked, empty", chunked, "", "", 0},
		{"chunked, at the limit", chunked, "0123456789", "0123456789", 0},
		{"chunked, over the limit", chunked, "0123456789a", "", 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": tt.length}
			if tt.length == chunked {
				env["CONTENT_LENGTH"], env["HTTP_TRANSFER_ENCODING"] = "", "Chunked"
			}
			r := cgi.NewRequest(env, strings.NewReader(tt.input), cgi.Limits{Body: 10})
			for range 2 { // the second call has the same answer
				got, err := r.Body()
				if string(got) != tt.want || status(err) != tt.status {
					t.Errorf("Body() = %q, %v; want %q, status %d", got, err, tt.want, tt.status)
				}
			}
		})
	}
}

func TestRequestBodyLengthBeforeTransferEncoding(t *testing.T) {
	// nginx and lighttpd send both for a chunked body, which they have decoded.
	r := cgi.NewRequest(cgi.Env{"CONTENT_LENGTH": "3", "HTTP_TRANSFER_ENCODING": "chunked"}, strings.NewReader("abcdef"), cgi.Limits{})
	if got, err := r.Body(); string(got) != "abc" || err != nil {
		t.Errorf("Body() = %q, %v", got, err)
	}
}

func TestRequestBodyReadError(t *testing.T) {
	broken := errors.New("broken")
	src := io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken))
	_, err := cgi.NewRequest(cgi.Env{"CONTENT_LENGTH": "3"}, src, cgi.Limits{}).Body()
	if status(err) != 400 || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := cgi.NewRequest(cgi.Env{"CONTENT_LENGTH": "3"}, nil, cgi.Limits{}).Body(); status(err) != 400 {
		t.Errorf("nil body: got %v", err)
	}
}

// A length alone must not make the process allocate it.
func TestRequestBodyPromiseCostsNothing(t *testing.T) {
	allocated := testing.AllocsPerRun(1, func() {
		r := cgi.NewRequest(cgi.Env{"CONTENT_LENGTH": "900000000"}, strings.NewReader("x"), cgi.Limits{Body: 1 << 30})
		if _, err := r.Body(); status(err) != 400 {
			t.Fatal(err)
		}
	})
	if allocated > 50 {
		t.Errorf("%v allocations", allocated)
	}
}
