package reconcile_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/itsmkit/itsmkit/sync/reconcile"
)

// FuzzReadPlan feeds ReadPlan anything. What it accepts can be written, read again as
// the same plan, shown, and applied to an empty target without harm.
func FuzzReadPlan(f *testing.F) {
	whole, err := os.ReadFile("testdata/plan.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{"format":"1.0","source":"a","target":"b","operations":[{"id":"a:1","kind":"create","type":"a"}]}`))
	f.Add([]byte(`{"format":"1.7","operations":[{"id":"a","kind":"delete","type":"a","changes":[{"field":"f","from":null,"to":{"digest":"x"},"masked":true}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		plan, err := reconcile.ReadPlan(bytes.NewReader(data))
		if err != nil {
			// Most inputs fail at their digest: give them the right one, to see what
			// lies behind it.
			if plan = sealed(data); plan == nil {
				return
			}
		}
		var file, again, text bytes.Buffer
		if err := plan.WriteJSON(&file); err != nil {
			t.Fatal(err)
		}
		read, err := reconcile.ReadPlan(bytes.NewReader(file.Bytes()))
		if err != nil {
			return // its structure is wrong
		}
		if err := read.WriteJSON(&again); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
			t.Fatalf("%v\n%s\nbecame\n%s", err, file.Bytes(), again.Bytes())
		}
		if err := read.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		options := reconcile.Options{Target: read.Target, AllowDeletes: true, AllowRetire: true}
		summary, err := reconcile.Apply(t.Context(), read, newMemory(), options)
		if err != nil {
			return
		}
		if total := summary.Total(); total.Updated+total.Deleted+total.Retired > total.Created {
			t.Fatalf("an empty target was changed: %+v", total)
		}
	})
}

// sealed reads a plan whatever its digest, and gives it the right one.
func sealed(data []byte) *reconcile.Plan {
	var in struct {
		Format, Source, Target string
		Unchanged, Records     []reconcile.Tally
		Operations             []struct {
			ID, Type, Class, Key, Target, Name, Code, Reason string
			Kind, Wanted                                     reconcile.Kind
			Needs                                            []string
			Changes                                          []struct {
				Field, Ref, Reason string
				From, To           reconcile.Value
				Masked             bool
			}
		}
	}
	if json.Unmarshal(data, &in) != nil {
		return nil
	}
	plan := &reconcile.Plan{Format: in.Format, Source: in.Source, Target: in.Target, Unchanged: in.Unchanged, Records: in.Records}
	for _, o := range in.Operations {
		op := reconcile.Operation{
			ID: o.ID, Kind: o.Kind, Wanted: o.Wanted, Type: o.Type, Class: o.Class, Key: o.Key,
			Target: o.Target, Name: o.Name, Code: o.Code, Reason: o.Reason, Needs: o.Needs,
		}
		for _, c := range o.Changes {
			op.Changes = append(op.Changes, reconcile.Change{Field: c.Field, From: c.From, To: c.To, Ref: c.Ref, Masked: c.Masked, Reason: c.Reason})
		}
		plan.Operations = append(plan.Operations, op)
	}
	plan.Seal()
	return plan
}
