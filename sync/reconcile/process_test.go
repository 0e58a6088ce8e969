package reconcile_test

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// A plan that was made here is applied in another process exactly as here, and is
// refused there, before the target is touched, when its content or digest was changed.
func TestPlanFileInAnotherProcess(t *testing.T) {
	plan, _ := estate(t)
	file, approved := string(planJSON(t, plan)), plan.Digest
	other := build(t, create("r:1"))
	for name, tc := range map[string]struct{ file, digest, target, moved, refusal string }{
		"as reviewed":      {file: file},
		"an edited value":  {file: strings.Replace(file, `"to":"u:1"`, `"to":"u:9"`, 1), refusal: reconcile.ErrTampered.Error()},
		"an edited digest": {file: strings.Replace(file, approved, "sha256:"+strings.Repeat("0", 64), 1), refusal: reconcile.ErrTampered.Error()},
		"another plan":     {file: string(planJSON(t, other)), refusal: reconcile.ErrOtherPlan.Error()},
		"another instance": {file: file, target: "acmetest", refusal: `it was made for "acme", the sink writes to "acmetest"`},
		// What moved is refused, and it alone.
		"a record that moved": {file: file, moved: "t-u:1"},
	} {
		path := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(path, []byte(tc.file), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPlanFileProcess$")
		cmd.Env = append(os.Environ(), "RECONCILE_PLAN="+path, "RECONCILE_DIGEST="+approved, "RECONCILE_TARGET="+cmp.Or(tc.target, toAcme.Target), "RECONCILE_MOVED="+tc.moved)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, out)
		}
		data, err := os.ReadFile(path + ".out")
		if err != nil {
			t.Fatal(err)
		}
		var got outcome
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if tc.refusal != "" {
			if got.Calls != 0 || !strings.Contains(got.Error, tc.refusal) {
				t.Errorf("%s: %+v, want %s", name, got, tc.refusal)
			}
			continue
		}
		plan, sink := estate(t)
		sink.move(tc.moved)
		summary := apply(t, plan, sink, toAcme)
		if stale := total(summary).Stale; stale != len(got.Stale) || (stale == 1) != (tc.moved != "") {
			t.Errorf("%s: %d are stale here, there %v", name, stale, got.Stale)
		}
		for _, reason := range got.Stale {
			if !strings.Contains(reason, `name is "moved" by now`) {
				t.Errorf("%s: %s", name, reason)
			}
		}
		want, err := json.Marshal(sink.records)
		if err != nil {
			t.Fatal(err)
		}
		if got.Error != "" || got.Records != string(want) {
			t.Errorf("%s: %s, records %s, want %s", name, got.Error, got.Records, want)
		}
	}
}

type outcome struct {
	Error, Records string
	Stale          []string
	Calls          int
}

// move has somebody else write a record.
func (m *memory) move(id string) {
	if id != "" {
		m.records[id]["name"] = text("moved")
	}
}

// The other process.
func TestPlanFileProcess(t *testing.T) {
	path := os.Getenv("RECONCILE_PLAN")
	if path == "" {
		t.Skip("is run by TestPlanFileInAnotherProcess in a process of its own")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	_, sink := estate(t)
	sink.move(os.Getenv("RECONCILE_MOVED"))
	var summary reconcile.Summary
	plan, err := reconcile.ReadPlan(f)
	if err == nil {
		options := toAcme
		options.Digest, options.Target = os.Getenv("RECONCILE_DIGEST"), os.Getenv("RECONCILE_TARGET")
		summary, err = reconcile.Apply(t.Context(), plan, sink, options)
	}
	out := outcome{Calls: sink.calls}
	for _, p := range summary.Problems {
		if p.Status == reconcile.StatusStale {
			out.Stale = append(out.Stale, p.Reason)
		}
	}
	if err != nil {
		out.Error = err.Error()
	}
	records, err := json.Marshal(sink.records)
	if err != nil {
		t.Fatal(err)
	}
	out.Records = string(records)
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".out", data, 0o600); err != nil {
		t.Fatal(err)
	}
}
