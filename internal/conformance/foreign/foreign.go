// Package foreign runs clients that are written in other languages against the
// in-memory servers.
//
// A client is a folder beside this one: its packages with their exact versions
// (package-lock.json or requirements.txt), a script that uses it and prints
// what it got, and a Go test that starts a server, runs the script and checks
// both the output and what the server holds afterwards. The program
// internal/conformance/install puts the packages into the user's cache folder;
// a test without them is skipped, unless ITSMKIT_CLIENTS names that folder:
// then they must be there.
package foreign

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Variable names the folder that internal/conformance/install printed.
const Variable = "ITSMKIT_CLIENTS"

// patience is how long a script may run. Nothing here takes more than seconds,
// but the machine may be busy.
const patience = 10 * time.Minute

// Client is an installed client.
type Client struct {
	tb     testing.TB
	folder string
	argv   []string
}

// Node finds the client of a name that is installed for Node. The test is
// skipped when no clients are installed.
func Node(tb testing.TB, name string) *Client {
	tb.Helper()
	c := find(tb, name, "node_modules")
	program, err := exec.LookPath("node")
	if err != nil {
		tb.Fatalf("foreign: %s needs Node 20 or newer in PATH: %v", name, err)
	}
	c.argv = []string{program}
	return c
}

// Python finds the client of a name that is installed for Python. The test is
// skipped when no clients are installed.
func Python(tb testing.TB, name string) *Client {
	tb.Helper()
	c := find(tb, name, filepath.Join("bin", "python"))
	// Not to write compiled files beside the script, nor read the user's own packages.
	c.argv = []string{filepath.Join(c.folder, "bin", "python"), "-B", "-s"}
	return c
}

func find(tb testing.TB, name, part string) *Client {
	tb.Helper()
	home := os.Getenv(Variable)
	if home == "" {
		tb.Skipf("needs the client %s: export %s=$(internal/conformance/install %s)", name, Variable, name)
	}
	folder := filepath.Join(home, name)
	if _, err := os.Stat(filepath.Join(folder, part)); err != nil {
		tb.Fatalf("foreign: %s is not installed: run internal/conformance/install %s", name, name)
	}
	return &Client{tb: tb, folder: folder}
}

// Folder is where the client's packages are.
func (c *Client) Folder() string { return c.folder }

// Run runs a script of the client to its end and returns what it printed. The
// environment holds PATH, HOME, CLIENT_HOME (see Folder) and what is given as
// NAME=value. A script that fails ends the test with all that it said.
func (c *Client) Run(script string, environment ...string) string {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(c.tb.Context(), patience)
	defer cancel()
	var out, errs bytes.Buffer
	//nolint:gosec // runs what the test names, with the interpreter found above
	run := exec.CommandContext(ctx, c.argv[0], append(c.argv[1:len(c.argv):len(c.argv)], script)...)
	run.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "CLIENT_HOME=" + c.folder, "NO_PROXY=*", "LANG=C.UTF-8",
	}, environment...)
	run.Stdout, run.Stderr = &out, &errs
	if err := run.Run(); err != nil {
		c.tb.Fatalf("foreign: %s: %v\n%s\n%s", script, errors.Join(err, ctx.Err()), out.String(), errs.String())
	}
	return out.String()
}

// Compare compares a script's output with a file, line by line.
func Compare(tb testing.TB, file, got string) {
	tb.Helper()
	raw, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		tb.Fatalf("foreign: %v; the script printed\n%s", err, got)
	}
	want, have := strings.SplitAfter(string(raw), "\n"), strings.SplitAfter(got, "\n")
	for i := range max(len(want), len(have)) {
		w, h := line(want, i), line(have, i)
		if w != h {
			tb.Errorf("%s, line %d:\nwant %sgot  %s", file, i+1, w, h)
		}
	}
}

func line(lines []string, i int) string {
	if i >= len(lines) || lines[i] == "" {
		return "(the end)\n"
	}
	return strings.TrimSuffix(lines[i], "\n") + "\n"
}
