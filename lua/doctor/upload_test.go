package doctor_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"lcgi/cgi"
)

// uploadRequest is a request with a file, which has been stored below dir.
func uploadRequest(dir, contents string) (*cgi.Request, error) {
	body := "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n" + contents + "\r\n--x--\r\n"
	r := cgi.NewRequest(cgi.Env{
		"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": strconv.Itoa(len(body)),
	}, strings.NewReader(body), cgi.Limits{})
	r.SetUploadDir(dir)
	_, err := r.Files()
	return r, err
}

// upload is an upload of a request that is at work until the test ends.
func (p *patient) upload(contents string) {
	p.t.Helper()
	r, err := uploadRequest(p.Uploads, contents)
	p.t.Cleanup(func() { r.Close() })
	p.must(err)
}

// killedUpload is an upload of a process that has ended before its request has.
func (p *patient) killedUpload(contents string) {
	p.t.Helper()
	killed := exec.Command(os.Args[0], "-test.run=^TestKilledUpload$")
	killed.Env = append(os.Environ(), "LCGI_TEST_UPLOADS="+p.Uploads, "LCGI_TEST_CONTENTS="+contents)
	if out, err := killed.CombinedOutput(); err != nil || len(out) > 0 {
		p.t.Fatalf("%v: %s", err, out)
	}
}

// TestKilledUpload is the process of killedUpload.
func TestKilledUpload(t *testing.T) {
	dir := os.Getenv("LCGI_TEST_UPLOADS")
	if dir == "" {
		t.Skip("it is run by other tests")
	}
	if _, err := uploadRequest(dir, os.Getenv("LCGI_TEST_CONTENTS")); err != nil {
		t.Fatal(err)
	}
	os.Exit(0)
}
