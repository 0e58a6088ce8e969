package reconcile_test

import (
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
	plan, sink := estate(t)
	file, approved := string(planJSON(t, plan)), plan.Digest
	other := build(t, create("r:1"))
	for name, tc := range map[string]struct{ file, digest, refusal string }{
		"as reviewed":      {file, approved, ""},
		"an edited value":  {strings.Replace(file, `"to":"u:1"`, `"to":"u:9"`, 1), approved, reconcile.ErrTampered.Error()},
		"an edited digest": {strings.Replace(file, approved, "sha256:"+strings.Repeat("0", 64), 1), approved, reconcile.ErrTampered.Error()},
		"another plan":     {string(planJSON(t, other)), approved, reconcile.ErrOtherPlan.Error()},
	} {
		path := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(path, []byte(tc.file), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPlanFileProcess$")
		cmd.Env = append(os.Environ(), "RECONCILE_PLAN="+path, "RECONCILE_DIGEST="+tc.digest)
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
		apply(t, plan, sink, toAcme)
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
	Calls          int
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
	plan, err := reconcile.ReadPlan(f)
	if err == nil {
		options := toAcme
		options.Digest = os.Getenv("RECONCILE_DIGEST")
		_, err = reconcile.Apply(t.Context(), plan, sink, options)
	}
	out := outcome{Calls: sink.calls}
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
