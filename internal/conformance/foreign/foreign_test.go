package foreign_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/internal/conformance/foreign"
)

// stand is a testing.TB that keeps how a test ended.
type stand struct {
	testing.TB
	ended string
}

func (s *stand) Helper()                  {}
func (s *stand) Context() context.Context { return s.TB.Context() }
func (s *stand) Skipf(format string, args ...any) {
	s.ended = "skipped: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (s *stand) Fatalf(format string, args ...any) {
	s.ended = "failed: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func ending(t *testing.T, f func(testing.TB)) string {
	t.Helper()
	s := &stand{TB: t}
	done := make(chan struct{})
	go func() { defer close(done); f(s) }()
	<-done
	return s.ended
}

func TestWithoutClientsTestsAreSkipped(t *testing.T) {
	t.Setenv(foreign.Variable, "")
	for name, find := range map[string]func(testing.TB, string) *foreign.Client{"node": foreign.Node, "python": foreign.Python} {
		got := ending(t, func(tb testing.TB) { find(tb, "other") })
		if want := "skipped: needs the client other: export ITSMKIT_CLIENTS=$(internal/conformance/install other)"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestMissingClientFails(t *testing.T) {
	t.Setenv(foreign.Variable, t.TempDir())
	got := ending(t, func(tb testing.TB) { foreign.Python(tb, "other") })
	if want := "failed: foreign: other is not installed: run internal/conformance/install other"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A shell stands for the interpreter: it takes the same place and says what it got.
func TestRun(t *testing.T) {
	home := t.TempDir()
	t.Setenv(foreign.Variable, home)
	program := filepath.Join(home, "other", "bin", "python")
	write(t, program, "#!/bin/sh\nshift 2\nexec /bin/sh \"$@\"\n")
	c := foreign.Python(t, "other")

	script := filepath.Join(t.TempDir(), "script")
	write(t, script, "echo \"$CLIENT_HOME $WORD\"\n")
	if got, want := c.Run(script, "WORD=hello"), c.Folder()+" hello\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	write(t, script, "echo half; echo whole >&2; exit 3\n")
	got := ending(t, func(tb testing.TB) { foreign.Python(tb, "other").Run(script) })
	for _, part := range []string{"failed: foreign: ", "exit status 3", "half", "whole"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q does not hold %q", got, part)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
