package tests

import (
	"fmt"
	"os"
	"testing"

	"lcgi/tests/binary"
)

// lcgi is the path of the program under test.
var lcgi string

func TestMain(m *testing.M) {
	if os.Getenv(measuring) != "" {
		os.Exit(measureChild())
	}
	path, remove, err := binary.Build()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lcgi = path
	code := m.Run()
	remove()
	os.Exit(code)
}
