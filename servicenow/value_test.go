package servicenow_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/servicenow"
)

type everyField struct {
	Plain   servicenow.String   `json:"plain"`
	Any     servicenow.Value    `json:"any"`
	Ref     servicenow.Ref      `json:"ref"`
	Flag    servicenow.Bool     `json:"flag"`
	Count   servicenow.Int      `json:"count"`
	Cost    servicenow.Decimal  `json:"cost"`
	Day     servicenow.Date     `json:"day"`
	At      servicenow.DateTime `json:"at"`
	Took    servicenow.Duration `json:"took"`
	Journal servicenow.Journal  `json:"work_notes"`
}

// The forms are those of the Table API documentation's samples.
func TestFieldsInEveryDisplayMode(t *testing.T) {
	at := servicenow.DateTime{Time: time.Date(2026, 3, 12, 8, 30, 0, 0, time.UTC)}
	tests := []struct {
		name string
		wire string
		want everyField
	}{
		{"values with links", `{"plain":"p","any":"v","ref":{"link":"https://h/api/now/table/sys_user/u1","value":"u1"},"flag":"true","count":"42","cost":"1.50","day":"2026-03-12","at":"2026-03-12 08:30:00","took":"1970-01-01 00:02:17","work_notes":""}`,
			everyField{Plain: "p", Any: servicenow.Value{Value: "v"}, Ref: servicenow.Ref{ID: "u1", Link: "https://h/api/now/table/sys_user/u1"}, Flag: true, Count: 42, Cost: "1.50",
				Day: servicenow.Date{Year: 2026, Month: 3, Day: 12}, At: at, Took: servicenow.Duration(137 * time.Second)}},
		{"values without links", `{"plain":"p","any":"v","ref":"u1","flag":"1","count":"-7","cost":"0"}`,
			everyField{Plain: "p", Any: servicenow.Value{Value: "v"}, Ref: servicenow.Ref{ID: "u1"}, Flag: true, Count: -7, Cost: "0"}},
		{"display text", `{"plain":"In Progress","any":"x","ref":{"display_value":"Abel","link":"https://h/api/now/table/sys_user/u1"},"flag":"true","count":"42","work_notes":"2026-03-12 - Abel (Work notes)\nhello"}`,
			everyField{Plain: "In Progress", Any: servicenow.Value{Value: "x"}, Ref: servicenow.Ref{ID: "u1", Display: "Abel", Link: "https://h/api/now/table/sys_user/u1"}, Flag: true, Count: 42, Journal: "2026-03-12 - Abel (Work notes)\nhello"}},
		{"both", `{"plain":{"display_value":"In Progress","value":"2"},"any":{"display_value":"In Progress","value":"2"},"ref":{"display_value":"Abel","value":"u1","link":"l"},"flag":{"display_value":"true","value":"1"},"count":{"display_value":"1,042","value":"1042"},"cost":{"display_value":"$1.50","value":"1.50"},"day":{"display_value":"12/03/2026","value":"2026-03-12"},"at":{"display_value":"12/03/2026 01:30","value":"2026-03-12 08:30:00"},"took":{"display_value":"2 Minutes","value":"1970-01-01 00:02:17"},"work_notes":{"display_value":"history","value":""}}`,
			everyField{Plain: "2", Any: servicenow.Value{Value: "2", Display: "In Progress"}, Ref: servicenow.Ref{ID: "u1", Display: "Abel", Link: "l"}, Flag: true, Count: 1042, Cost: "1.50",
				Day: servicenow.Date{Year: 2026, Month: 3, Day: 12}, At: at, Took: servicenow.Duration(137 * time.Second), Journal: "history"}},
		{"empty texts", `{"plain":"","any":"","ref":"","flag":"","count":"","cost":"","day":"","at":"","took":"","work_notes":""}`, everyField{}},
		{"nulls", `{"plain":null,"any":null,"ref":null,"flag":null,"count":null,"cost":null,"day":null,"at":null,"took":null,"work_notes":null}`, everyField{}},
		{"objects of nulls", `{"plain":{"display_value":null,"value":null},"ref":{"display_value":"","value":"","link":null},"at":{"display_value":"","value":""}}`, everyField{}},
		{"native JSON", `{"plain":7,"any":true,"flag":true,"count":42,"cost":1.5}`,
			everyField{Plain: "7", Any: servicenow.Value{Value: "true"}, Flag: true, Count: 42, Cost: "1.5"}},
		{"unknown members", `{"plain":{"value":"p","display_value":"P","display_value_internal":"i"},"unknown":{"a":[1]}}`, everyField{Plain: "p"}},
		{"escapes", `{"plain":"a\"b\u00e9\n","any":"\ud83d\ude00"}`, everyField{Plain: "a\"bé\n", Any: servicenow.Value{Value: "😀"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got everyField
			if err := json.Unmarshal([]byte(test.wire), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFieldsAreWrittenInThePlatformsForm(t *testing.T) {
	row := everyField{
		Plain: "p", Any: servicenow.Value{Value: "v", Display: "d"}, Ref: servicenow.Ref{ID: "u1", Display: "Abel"}, Flag: true, Count: -3, Cost: "1.50",
		Day: servicenow.Date{Year: 2026, Month: 3, Day: 1}, At: servicenow.DateTime{Time: time.Date(2026, 3, 1, 1, 0, 0, 0, time.FixedZone("", 7200))},
		Took: servicenow.Duration(49 * time.Hour), Journal: "note",
	}
	got, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"plain":"p","any":"v","ref":"u1","flag":"true","count":"-3","cost":"1.50","day":"2026-03-01","at":"2026-02-28 23:00:00","took":"1970-01-03 01:00:00","work_notes":"note"}`
	if string(got) != want {
		t.Errorf("wire\n got %s\nwant %s", got, want)
	}
	var zero everyField
	if got, err = json.Marshal(zero); err != nil {
		t.Fatal(err)
	}
	want = `{"plain":"","any":"","ref":"","flag":"false","count":"0","cost":"","day":"","at":"","took":"1970-01-01 00:00:00","work_notes":""}`
	if string(got) != want {
		t.Errorf("zero values\n got %s\nwant %s", got, want)
	}
}

func TestFieldsThatCannotBeRead(t *testing.T) {
	for field, wire := range map[string]string{
		"count":     `{"count":"twelve"}`,
		"cost":      `{"cost":"$1.50"}`,
		"flag":      `{"flag":"perhaps"}`,
		"day":       `{"day":"12/03/2026"}`,
		"at":        `{"at":"yesterday"}`,
		"at only":   `{"at":{"display_value":"2026-03-12 01:30:00","link":"x"}}`,
		"took":      `{"took":"2 Minutes"}`,
		"any":       `{"any":["a"]}`,
		"plain":     `{"plain":{"value":{"a":1}}}`,
		"ref":       `{"ref":{"nonsense":1}}`,
		"too large": `{"count":"99999999999999999999"}`,
		"too long":  `{"took":"9999-01-01 00:00:00"}`,
	} {
		t.Run(field, func(t *testing.T) {
			var row everyField
			err := json.Unmarshal([]byte(wire), &row)
			if _, ok := errors.AsType[*json.UnmarshalTypeError](err); !ok {
				t.Errorf("%s: error %v, want an UnmarshalTypeError", wire, err)
			}
		})
	}
}

func TestValueHelpers(t *testing.T) {
	r := servicenow.Record{
		"sys_id": {Value: "1"}, "ref": {Display: "Abel", Link: "https://h/api/now/table/sys_user/u1"},
		"n": {Value: "12"}, "at": {Value: "2026-03-12 08:30:00", Display: "tomorrow"}, "on": {Value: "true"}, "took": {Value: "1970-01-01 00:00:05"},
	}
	n, _ := r["n"].Int()
	at, _ := r["at"].DateTime()
	day, _ := r["at"].Date()
	took, _ := r["took"].Duration()
	switch {
	case r.SysID() != "1", r.Get("n") != "12", r.Get("absent") != "":
		t.Error("Get or SysID")
	case r["ref"].ID() != "u1", r["ref"].Text() != "Abel", r["n"].Text() != "12":
		t.Error("ID or Text")
	case n != 12, !r["on"].Bool(), at.String() != "2026-03-12 08:30:00", day.String() != "2026-03-12", took.String() != "5s":
		t.Error("typed helpers", n, at, day, took)
	case !servicenow.Value{}.IsZero(), r["n"].IsZero():
		t.Error("IsZero")
	}
	if _, err := r["ref"].DateTime(); err != nil {
		t.Error("an empty value is the zero time:", err)
	}
	if cost, ok := servicenow.Decimal("1.50").Rat(); !ok || cost.FloatString(2) != "1.50" {
		t.Error("Rat", cost, ok)
	}
	if _, ok := servicenow.Decimal("1e999999999").Rat(); ok {
		t.Error("an absurd exponent must not be computed")
	}
	if f, err := servicenow.Decimal("2.5").Float64(); err != nil || f != 2.5 {
		t.Error("Float64", f, err)
	}
}

func TestOptHasFourForms(t *testing.T) {
	type patch struct {
		Text servicenow.Opt[string]              `json:"text,omitzero"`
		N    servicenow.Opt[int]                 `json:"n,omitzero"`
		On   servicenow.Opt[bool]                `json:"on,omitzero"`
		At   servicenow.Opt[time.Time]           `json:"at,omitzero"`
		Ref  servicenow.Opt[servicenow.Ref]      `json:"ref,omitzero"`
		Took servicenow.Opt[servicenow.Duration] `json:"took,omitzero"`
	}
	at := time.Date(2026, 3, 12, 8, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		patch patch
		want  string
	}{
		{"unset", patch{}, `{}`},
		{"null", patch{N: servicenow.Null[int](), On: servicenow.Null[bool](), At: servicenow.Null[time.Time]()}, `{"n":"","on":"","at":""}`},
		{"zero", patch{Text: servicenow.Set(""), N: servicenow.Set(0), On: servicenow.Set(false)}, `{"text":"","n":"0","on":"false"}`},
		{"value", patch{Text: servicenow.Set("x"), N: servicenow.Set(5), On: servicenow.Set(true), At: servicenow.Set(at), Ref: servicenow.Set(servicenow.Ref{ID: "u"}), Took: servicenow.Set(servicenow.Duration(time.Minute))},
			`{"text":"x","n":"5","on":"true","at":"2026-03-12 08:30:00","ref":"u","took":"1970-01-01 00:01:00"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := json.Marshal(test.patch)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
	if _, err := json.Marshal(struct {
		N servicenow.Opt[int] `json:"n"`
	}{}); err == nil {
		t.Error("an unset Opt without omitzero must not be sent silently")
	}
	var back servicenow.Opt[int]
	if err := json.Unmarshal([]byte(`7`), &back); err != nil || back != servicenow.Set(7) {
		t.Error("reading a value", back, err)
	}
	if err := json.Unmarshal([]byte(`""`), &back); err != nil || !back.IsNull() {
		t.Error("reading null", back, err)
	}
	if v, ok := servicenow.Set(3).Get(); v != 3 || !ok {
		t.Error("Get")
	}
}

func FuzzFields(f *testing.F) {
	for _, seed := range []string{`"x"`, `null`, `{}`, `{"value":"1","link":"l"}`, `{"display_value":null}`, `"2026-03-12 08:30:00"`, `"1970-01-01 00:00:01"`, `12.5`, `[`, `"\ud800"`, `{"value":{}}`, ``, `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		roundTrip[servicenow.String](t, data)
		roundTrip[servicenow.Bool](t, data)
		roundTrip[servicenow.Int](t, data)
		roundTrip[servicenow.Decimal](t, data)
		roundTrip[servicenow.Date](t, data)
		roundTrip[servicenow.DateTime](t, data)
		roundTrip[servicenow.Duration](t, data)
		roundTrip[servicenow.Journal](t, data)
		var v servicenow.Value
		if v.UnmarshalJSON(data) == nil {
			v.Display, v.Link = "", ""
			again(t, v)
		}
		var r servicenow.Ref
		if r.UnmarshalJSON(data) == nil {
			again(t, servicenow.Ref{ID: r.ID})
		}
	})
}

// roundTrip decodes anything and, when that worked, encodes and decodes it again.
func roundTrip[T comparable](t *testing.T, data []byte) {
	var v T
	if any(&v).(json.Unmarshaler).UnmarshalJSON(data) == nil {
		again(t, v)
	}
}

func again[T comparable](t *testing.T, v T) {
	wire, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%T %v was read but cannot be written: %v", v, v, err)
	}
	var back T
	if err := json.Unmarshal(wire, &back); err != nil || back != v {
		t.Fatalf("%T %v became %v through %s (%v)", v, v, back, wire, err)
	}
}
