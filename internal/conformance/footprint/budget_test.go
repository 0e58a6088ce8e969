package footprint

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// most is by how many bytes a client may enlarge a program that has net/http
// and encoding/json already, both built as programs are shipped, without tables
// for debuggers (-ldflags='-s -w'). What a plain `go build` adds is printed too.
const most = 1_500_000

var clients = []string{"netbox", "servicenow", "codefresh", "azdevops"}

const module = "github.com/itsmkit/itsmkit"

func TestBudgetBinary(t *testing.T) {
	if raceEnabled {
		t.Skip("builds programs of their own, which the race detector says nothing about")
	}
	small, plain := sizes(t, "-ldflags=-s -w"), sizes(t)
	t.Logf("%-10s %8d bytes, plain %8d", "without", small["without"], plain["without"])
	allowed := required(t)
	for _, client := range clients {
		added := small[client] - small["without"]
		t.Logf("%-10s %8d more,  plain %8d", client, added, plain[client]-plain["without"])
		if added > most {
			t.Errorf("%s adds %d bytes to a program, more than %d", client, added, most)
		}
		for _, from := range linked(t, client) {
			if !slices.Contains(allowed, from) {
				t.Errorf("%s links a package of %s", client, from)
			}
		}
	}
}

// TestColdBuild prints how long two programs take to build from nothing, one
// after the other:
//
//	ITSMKIT_COLD_BUILD=1 go test -v -run TestColdBuild ./internal/conformance/footprint
func TestColdBuild(t *testing.T) {
	if os.Getenv("ITSMKIT_COLD_BUILD") != "1" {
		t.Skip("compiles the standard library twice, which takes minutes: set ITSMKIT_COLD_BUILD=1")
	}
	for _, program := range []string{"without", "netbox"} {
		t.Setenv("GOCACHE", t.TempDir())
		begun := time.Now()
		build := exec.CommandContext(t.Context(), "go", "build", "-o", t.TempDir(), "./testdata/"+program)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		used := build.ProcessState.UserTime() + build.ProcessState.SystemTime()
		t.Logf("%-10s %5.1f s, on one processor %5.1f s", program, time.Since(begun).Seconds(), used.Seconds())
	}
}

// sizes builds all programs and tells how large they are, by name.
func sizes(t *testing.T, flags ...string) map[string]int64 {
	t.Helper()
	folder := t.TempDir()
	args := slices.Concat([]string{"build", "-o", folder}, flags, []string{"./testdata/without"})
	for _, client := range clients {
		args = append(args, "./testdata/"+client)
	}
	goCommand(t, args...)
	bytes := map[string]int64{}
	for _, program := range append([]string{"without"}, clients...) {
		info, err := os.Stat(filepath.Join(folder, program))
		if err != nil {
			t.Fatal(err)
		}
		bytes[program] = info.Size()
	}
	return bytes
}

// linked lists the modules of all packages in a program, but for the standard
// library's.
func linked(t *testing.T, program string) []string {
	t.Helper()
	modules := strings.Fields(goCommand(t, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./testdata/"+program))
	slices.Sort(modules)
	return slices.Compact(modules)
}

// required lists the modules that a program may link: this one, what its go.mod
// requires, and go-cleanhttp, without which go-retryablehttp is not to be had.
func required(t *testing.T) []string {
	t.Helper()
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal([]byte(goCommand(t, "mod", "edit", "-json")), &file); err != nil {
		t.Fatal(err)
	}
	modules := []string{module, "github.com/hashicorp/go-cleanhttp"}
	for _, r := range file.Require {
		if !r.Indirect {
			modules = append(modules, r.Path)
		}
	}
	return modules
}

func goCommand(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, failed.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
