package servicenow_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// fuzzed is the server that the fuzz targets talk to, through the wire.
func fuzzed(f *testing.F) (*servicenowtest.Server, *servicenow.Table[thingRow]) {
	server, client := start(f, servicenowtest.Options{Tables: []servicenowtest.Table{thing}})
	return server, servicenow.TableOf[thingRow](client, "u_thing")
}

// readBack sends a condition and answers with what the server's own parser made of
// the query that arrived; nil when the condition was refused.
func readBack(t *testing.T, server *servicenowtest.Server, table *servicenow.Table[thingRow], where servicenow.Condition) []servicenowtest.Term {
	t.Helper()
	if _, err := where.Encode(); err != nil {
		return nil
	}
	server.ResetJournal()
	// Operators that the server cannot evaluate (501) and URLs that are too long
	// (414) were still sent.
	if _, err := table.List(t.Context(), servicenow.Query{Where: where}); err != nil && !strings.Contains(err.Error(), " 501 ") && !errors.Is(err, servicenow.ErrURLTooLong) {
		t.Fatal(err)
	}
	values, err := url.ParseQuery(server.Journal()[0].Query)
	if err != nil {
		t.Fatal(err)
	}
	terms := servicenowtest.ParseQuery(values.Get("sysparm_query"))
	last := len(terms) - 1
	if terms[last].Operator != "ORDERBY" || terms[last].Field != "sys_id" {
		t.Fatalf("the order is gone: %+v", terms)
	}
	return terms[:last]
}

// A value can never end its term, whatever it holds.
func FuzzValueStaysInItsTerm(f *testing.F) {
	for _, seed := range []string{"web", "^", "^^", "a^ORb=c", "x^NQactive=true", "=5", "_HIERARCHYx", "STANCEOFx", "a,b", "a@b", "javascript:gs.print()", "line\nbreak", "^ORDERBYname", "%5E", " ", "\x00", "EQ", "^EQ", "🤖^", "NULL", "&x=1", "#"} {
		f.Add(seed)
	}
	server, table := fuzzed(f)
	build := []struct {
		op   string
		make func(field string, value any) servicenow.Condition
	}{
		{"=", servicenow.Eq}, {"!=", servicenow.NotEq}, {"<", servicenow.Less}, {"<=", servicenow.LessEq}, {">", servicenow.Greater}, {">=", servicenow.GreaterEq},
		{"STARTSWITH", servicenow.StartsWith}, {"ENDSWITH", servicenow.EndsWith}, {"LIKE", servicenow.Contains}, {"NOT LIKE", servicenow.NotContains},
		{"INSTANCEOF", func(field string, value any) servicenow.Condition {
			return servicenow.InstanceOf(field, value.(string))
		}},
		{"DYNAMIC", func(field string, value any) servicenow.Condition { return servicenow.Dynamic(field, value.(string)) }},
		{"IN_HIERARCHY", func(field string, value any) servicenow.Condition {
			return servicenow.InHierarchy(field, value.(string))
		}},
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, one := range build {
			where := servicenow.And(servicenow.Eq("u_rank", 1), one.make("u_name", value), servicenow.Eq("u_hidden", false))
			terms := readBack(t, server, table, where)
			if terms == nil {
				continue
			}
			if len(terms) != 3 || terms[0].Value != "1" || terms[2].Field != "u_hidden" || terms[1].Field != "u_name" {
				t.Fatalf("%s %q became %+v", one.op, value, terms)
			}
			op, got := terms[1].Operator, terms[1].Value
			switch {
			case op == one.op && got == value:
			case value == "" && got == "" && (op == "ISEMPTY" || op == "ISNOTEMPTY"):
			case one.op == "=" && strings.HasPrefix(value, "=") && op == "IN" && got == value && !strings.Contains(value, ","):
			default:
				t.Fatalf("%s %q became %s %q", one.op, value, op, got)
			}
		}
	})
}

// Lists and ranges keep their values too, though their separators cannot be
// escaped.
func FuzzListsKeepTheirValues(f *testing.F) {
	f.Add("a", "b")
	f.Add("a,b", "")
	f.Add("STANCEOF", "_HIERARCHY")
	f.Add(" x", "y^")
	f.Add("a@b", "c")
	server, table := fuzzed(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		want := map[string]int{a: 1}
		want[b]++
		for _, term := range readBack(t, server, table, servicenow.In("u_name", a, b)) {
			switch term.Operator {
			case "IN":
				for value := range strings.SplitSeq(term.Value, ",") {
					want[value]--
				}
			case "ISEMPTY":
				want[""]--
			case "=":
				want[term.Value]--
			}
			if term.Field != "u_name" || term.Join != "" && term.Join != "^OR" {
				t.Fatalf("%q, %q: term %+v", a, b, term)
			}
		}
		if _, err := servicenow.In("u_name", a, b).Encode(); err == nil {
			for value, left := range want {
				if left != 0 {
					t.Fatalf("%q, %q: value %q is missing or comes twice", a, b, value)
				}
			}
		}
		terms := readBack(t, server, table, servicenow.Between("u_name", a, b))
		switch {
		case terms == nil:
		case len(terms) == 1 && terms[0].Operator == "BETWEEN" && terms[0].Value == a+"@"+b && strings.Count(terms[0].Value, "@") == 1:
		case len(terms) == 2 && terms[0].Operator == ">=" && terms[0].Value == a && terms[1].Operator == "<=" && terms[1].Value == b:
		default:
			t.Fatalf("between %q and %q: %+v", a, b, terms)
		}
	})
}

// Whatever a server answers, decoding ends in rows or in an error.
func FuzzAnswers(f *testing.F) {
	for _, name := range servicenowtest.Fixtures() {
		f.Add(servicenowtest.Fixture(name))
	}
	f.Add([]byte(`{"result":[{"sys_id":"1"},"",null,[]],"error":{}}`))
	f.Add([]byte(`{"result":[{"sys_id":"1","u_name":"x`))
	f.Add([]byte(`{"serviced_requests":[{"id":"0","body":"!"},{"id":"0"},7],"unserviced_requests":[0]}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		client := clientOf(t, answer)
		ctx := t.Context()
		typed := servicenow.TableOf[everyField](client, "u_thing")
		untyped := servicenow.TableOf[servicenow.Record](client, "u_thing")
		_, _ = typed.List(ctx, servicenow.Query{})
		page, err := untyped.List(ctx, servicenow.Query{})
		if err == nil && len(page.Items) > len(answer) {
			t.Fatal("more rows than bytes")
		}
		for _, row := range page.Items {
			if row == nil {
				t.Fatal("a row that is nil")
			}
		}
		_, _ = untyped.Get(ctx, "x", servicenow.Timeout(-1))
		results, err := client.Batch(ctx, []servicenow.BatchItem{untyped.BatchGet("x")})
		if err == nil && len(results) != 1 {
			t.Fatal("a result is missing")
		}
		for _, result := range results {
			var row servicenow.Record
			_ = result.Decode(&row)
		}
	})
}
