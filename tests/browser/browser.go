// Package browser drives a real Chromium for a test.
package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"lcgi/tests/needs"
)

// timeout bounds one step, such as loading a page.
const timeout = 60 * time.Second

// A Tab is a page of a Chromium that runs without a window, with a profile of its
// own. It notes what goes wrong in the pages it shows.
type Tab struct {
	ctx context.Context

	mu       sync.Mutex
	problems []string
}

// Open starts Chromium and returns its tab. It ends with the test. Where
// Chromium is not installed the test is skipped. The scripts run in every
// document before its own.
func Open(tb testing.TB, scripts ...string) *Tab {
	tb.Helper()
	return open(tb, "", scripts)
}

// OpenWithoutCookies is Open for a visitor who has switched cookies off in the
// settings of the browser.
func OpenWithoutCookies(tb testing.TB, scripts ...string) *Tab {
	tb.Helper()
	return open(tb, `{"profile":{"default_content_setting_values":{"cookies":2}}}`, scripts)
}

// open starts Chromium with settings as its profile stores them.
func open(tb testing.TB, preferences string, scripts []string) *Tab {
	tb.Helper()
	program := needs.Program(tb, "chromium", "chromium")
	profile, err := os.MkdirTemp("", "lcgi-chromium-")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { removeProfile(profile) })
	if preferences != "" {
		folder := filepath.Join(profile, "Default")
		if err := os.Mkdir(folder, 0o700); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "Preferences"), []byte(preferences), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(program),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox, // which root cannot use
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	tb.Cleanup(end)
	ctx, closeTab := chromedp.NewContext(allocator)
	tb.Cleanup(closeTab)

	t := &Tab{ctx: ctx}
	// The first call starts the browser, whose life must not end with a timeout.
	if err := chromedp.Listen(ctx, t.note); err != nil {
		tb.Fatalf("starting %s: %v", program, err)
	}
	for _, script := range scripts {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		if err != nil {
			tb.Fatalf("script for every document: %v", err)
		}
	}
	dialogs := chromedp.Events(ctx, page.JavascriptDialogOpening)
	go func() {
		for _, err := range dialogs {
			if err != nil {
				return
			}
			_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}
	}()
	return t
}

// removeProfile removes Chromium's files, to which its processes may write for a
// moment after it has ended.
func removeProfile(dir string) {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for late := time.Now().Add(10 * time.Second); os.RemoveAll(dir) != nil && time.Now().Before(late); {
		<-poll.C
	}
}

// note keeps what a developer would see in red, and every dialog.
func (t *Tab) note(event any) {
	problem := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			problem = fmt.Sprintf("%s %s", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			problem = "console.error"
			for _, arg := range e.Args {
				problem += " " + string(arg.Value)
			}
		}
	case *runtime.EventExceptionThrown:
		problem = "exception: " + e.ExceptionDetails.Text
		if exception := e.ExceptionDetails.Exception; exception != nil {
			problem += " " + exception.Description
		}
	case *page.EventJavascriptDialogOpening:
		problem = fmt.Sprintf("dialog: %s", e.Message)
	}
	if problem != "" {
		t.mu.Lock()
		t.problems = append(t.problems, problem)
		t.mu.Unlock()
	}
}

// Problems returns the errors in the console, the exceptions and the dialogs
// since the last call.
func (t *Tab) Problems() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	problems := t.problems
	t.problems = nil
	return problems
}

// Run runs an action of chromedp and returns its value. The test fails when the
// action does.
func Run[T any](tb testing.TB, t *Tab, action chromedp.Action[T]) T {
	tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, timeout)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		tb.Fatalf("browser: %v", err)
	}
	return value
}

// Eval returns the value of a JavaScript expression. A promise is waited for.
func Eval[T any](tb testing.TB, t *Tab, expression string) T {
	tb.Helper()
	wait := func(p *runtime.EvaluateParams) {
		yes := true
		p.AwaitPromise = &yes
	}
	return Run(tb, t, chromedp.Evaluate[T](expression, wait))
}

// Go opens a page and returns the HTTP status of the answer.
func (t *Tab) Go(tb testing.TB, url string) int {
	tb.Helper()
	return t.load(tb, chromedp.Navigate(url))
}

// Click clicks on the first element that a CSS selector finds, waits until the
// page that this leads to is there, and returns its HTTP status.
func (t *Tab) Click(tb testing.TB, selector string) int {
	tb.Helper()
	return t.load(tb, chromedp.Click(chromedp.CSS(selector)))
}

// Press clicks on the first element that a CSS selector finds, one that leads to
// no other page.
func (t *Tab) Press(tb testing.TB, selector string) {
	tb.Helper()
	Run(tb, t, chromedp.Click(chromedp.CSS(selector)))
}

// Fill puts a value into the form field that a CSS selector finds.
func (t *Tab) Fill(tb testing.TB, selector, value string) {
	tb.Helper()
	Run(tb, t, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Choose puts files of this machine into the file field that a CSS selector
// finds.
func (t *Tab) Choose(tb testing.TB, selector string, files ...string) {
	tb.Helper()
	Run(tb, t, chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Resize gives the tab a size, in pixels.
func (t *Tab) Resize(tb testing.TB, width, height int) {
	tb.Helper()
	Run(tb, t, chromedp.EmulateViewport(int64(width), int64(height)))
}

// Await waits until a JavaScript expression is true.
func (t *Tab) Await(tb testing.TB, expression string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, timeout)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
		tb.Fatalf("browser: waiting for %s: %v", expression, err)
	}
}

// Text returns the visible text of the first element that a CSS selector finds.
func (t *Tab) Text(tb testing.TB, selector string) string {
	tb.Helper()
	return Run(tb, t, chromedp.Text(chromedp.CSS(selector)))
}

func (t *Tab) load(tb testing.TB, step chromedp.Action[chromedp.Void]) int {
	tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, timeout)
	defer cancel()
	response, err := chromedp.RunResponse(ctx, step)
	if err != nil {
		tb.Fatalf("browser: %v", err)
	}
	return int(response.Status)
}
