package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lcgi/lua"
)

// TestSampleSiteReadme runs the commands that the README shows for a site of
// one's own, one after the other, as far as they come to an end.
func TestSampleSiteReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(filepath.Dir(sampleRoot(t)), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range lua.AllSettings() {
		if !strings.Contains(string(readme), "`"+setting.Name+"`") {
			t.Errorf("the README does not name %s", setting.Name)
		}
	}
	_, section, _ := strings.Cut(string(readme), "\n## Your own site\n")
	section, _, _ = strings.Cut(section, "\n## ")

	dir := t.TempDir()
	if err := os.Symlink(lcgi, filepath.Join(dir, "lcgi")); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for line := range strings.Lines(section) {
		command, ok := strings.CutPrefix(line, "    ")
		if !ok || strings.Contains(command, "go build") || strings.Contains(command, "lcgi serve") {
			continue
		}
		ran++
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TMPDIR="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s%v\n%s", command, err, out)
		}
		for begin, want := range map[string]string{"./lcgi run ": "Hello Ann", "./lcgi sessions list ": "LCSESSION"} {
			if strings.HasPrefix(command, begin) && !strings.Contains(string(out), want) {
				t.Errorf("%sprints no %q:\n%s", command, want, out)
			}
		}
	}
	if ran < 5 {
		t.Errorf("only %d commands were found", ran)
	}
}
