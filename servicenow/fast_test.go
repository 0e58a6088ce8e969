package servicenow

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type plannedBase struct {
	ID string `json:"sys_id"`
}

type label string

type plannedRow struct {
	plannedBase
	Name    string         `json:"name"`
	Label   label          `json:"label"`
	Caller  Ref            `json:"caller_id"`
	Count   Int            `json:"count"`
	Number  int            `json:"number"`
	Maybe   *string        `json:"maybe"`
	Any     any            `json:"any"`
	Note    Opt[string]    `json:"note"`
	Details map[string]int `json:"details"`
}

func planOf(t testing.TB) *plan {
	s, err := shapeOf(reflect.TypeFor[plannedRow]())
	if err != nil || s.plan == nil {
		t.Fatal("no plan", err)
	}
	return s.plan
}

// The quick way takes an answer only when encoding/json takes it too, and then
// makes the same rows of it.
func FuzzPlan(f *testing.F) {
	for _, seed := range []string{
		`{"result":[]}`,
		`{"result":[{"sys_id":"1","name":"a","label":"l","caller_id":{"value":"u","link":"x"},"count":"7","number":5,"maybe":"m","any":[1],"note":"","details":{"a":1},"unknown":{"x":[1,2]}}]}`,
		`{"result":[{"name":"a\u00e9\"","NAME":"b","sys_id":"é"},{"name":null,"maybe":null,"caller_id":null,"number":null}]}`,
		`{"result":[{"sys_id":"1","sys_id":"2"},{}]}`,
		`{"result":[{"name":5}]}`, `{"result":[{"name":"a"},]}`, `{"result":[{"name":"a"}}`, `{"result":[{"unknown":nul}]}`,
		`{"result":[{"name":"a"}],"error":{}}`, `{"result":[{"unknown":"\x"}]}`, ` { "result":[ { "sys_id" : "1" , "name" : "b" } ] } `,
	} {
		f.Add([]byte(seed))
	}
	p := planOf(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := decodePlanned[plannedRow](p, body)
		if !ok {
			return
		}
		var want struct {
			Result []plannedRow `json:"result"`
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Skip("an escape in a column that nobody reads") // nothing else may differ
		}
		if len(got.items) == 0 && len(want.Result) == 0 {
			return
		}
		if diff := cmp.Diff(want.Result, got.items, cmp.AllowUnexported(plannedRow{}, plannedBase{}, Opt[string]{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

// Untyped rows take the quick way too.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{
		`{"result":[]}`, `{"result":[{"sys_id":"1","name":{"display_value":"N","value":"n"},"x":null},{"x":"y","sys_id":"2","n":5}]}`,
		`{"result":[{"sys_id":"1","sys_id":"2"},{}]}`, `{"result":[{"a":["b"]}]}`, `{"result":[{"a":"b"}],"error":{}}`, `{"result":[{"a":"\u00e9é"}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, ok := decodeRecords(body)
		if !ok {
			return
		}
		var want struct {
			Result []Record `json:"result"`
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Result, got.items); diff != "" && len(want.Result)+len(got.items) > 0 {
			t.Fatal(diff)
		}
	})
}

func TestPlanTakesWhatServersSend(t *testing.T) {
	const body = `{"result":[{"sys_id":"1","name":"a","label":"x\"y","caller_id":"u","count":"7"},{"sys_id":"2","name":"","caller_id":{"display_value":"U","value":"u"},"number":3}]}`
	got, ok := decodePlanned[plannedRow](planOf(t), []byte(body))
	if !ok || len(got.items) != 2 || got.last != "2" || got.items[0].Label != `x"y` || got.items[1].Caller.Display != "U" {
		t.Errorf("%+v, %v", got, ok)
	}
}

func TestTypesWithoutAPlan(t *testing.T) {
	type inner struct {
		A string `json:"a"`
	}
	type quoted struct {
		N int `json:"n,string"`
	}
	type byPointer struct {
		*inner
		B string `json:"b"`
	}
	type shadowed struct {
		inner
		A string `json:"a"`
	}
	for _, row := range []any{quoted{}, byPointer{}, shadowed{}, &inner{}, Record{}} {
		if s, err := shapeOf(reflect.TypeOf(row)); err != nil || s.plan != nil {
			t.Errorf("%T: plan %v, error %v", row, s.plan, err)
		}
	}
	s, err := shapeOf(reflect.TypeFor[shadowed]())
	if err != nil || !cmp.Equal(s.fields, []string{"a"}) {
		t.Errorf("fields %v, %v", s.fields, err)
	}
}
