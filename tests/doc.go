// Package tests shows over real requests what lcgi promises.
//
// The tests of this folder build the binary once and then meet it only from
// outside: as a CGI program (package direct), behind real web servers started
// with the files of sample-site/deploy (package servers), in Chromium (package
// browser) and on the command line (the scripts in script). Their pages are in
// testdata/site. Package bench compares the cost of a request with that of
// other programs.
//
// A test that needs a program which is not installed is skipped and names the
// Debian package that has it; with LCGI_TEST_REQUIRE=all it fails instead, so
// that a machine meant to run everything does.
package tests
