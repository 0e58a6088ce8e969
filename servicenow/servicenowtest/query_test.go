package servicenowtest_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// Every operator of the product documentation's list but the relative dates,
// on the types that it is for.
func TestOperators(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	acme := i.insert("core_company", servicenowtest.Row{"name": "Acme Corp", "stock_symbol": "ACM"})
	beta := i.insert("core_company", servicenowtest.Row{"name": "Beta"})
	id := func(n int) string { return fmt.Sprintf("%032x", n) }
	for n, row := range []servicenowtest.Row{
		{"name": "alpha", "company": acme, "cpu_count": "2", "ram": "4", "virtual": "true", "install_date": "2026-01-01 10:00:00", "cost": "9.5", "comments": "x,y"},
		{"name": "Beta", "company": beta, "cpu_count": "10", "ram": "10", "install_date": "2026-01-02 00:00:00", "cost": "10.25", "comments": "a^b"},
		{"name": "gamma", "cpu_count": "", "ram": "1", "install_date": "", "comments": "50%", "asset_tag": "gamma"},
		{"name": "", "company": "ffffffffffffffffffffffffffffffff", "cpu_count": "-3"},
	} {
		row["sys_id"], row["serial_number"] = id(n+1), strconv.Itoa(n+1)
		i.insert("cmdb_ci_server", row)
	}
	for query, want := range map[string]string{
		"name=ALPHA":                        "1",
		"name!=alpha":                       "2 3 4", // empty is not equal
		"name=":                             "4",
		"nameISEMPTY":                       "4",
		"nameEMPTYSTRING":                   "4",
		"nameISNOTEMPTY":                    "1 2 3",
		"nameANYTHING":                      "1 2 3 4",
		"nameSTARTSWITHbe":                  "2",
		"nameENDSWITHMA":                    "3",
		"name%ma":                           "3",
		"nameLIKEET":                        "2",
		"name*et":                           "2",
		"nameCONTAINSet":                    "2",
		"nameNOT LIKEa":                     "4",
		"nameNOTLIKEa":                      "4",
		"name!*a":                           "4",
		"nameDOES NOT CONTAINa":             "4",
		"nameINalpha,GAMMA,no":              "1 3",
		"nameNOT INalpha,gamma":             "2 4",
		"name<beta":                         "1",
		"name<=BETA":                        "1 2",
		"name>beta":                         "3",
		"name>=beta":                        "2 3",
		"nameBETWEENalpha@beta":             "1 2",
		"asset_tagSAMEASname":               "3 4",
		"asset_tagNSAMEASname":              "1 2",
		"comments=a^^b":                     "2",
		"comments=a^^b^name=beta":           "2",
		"comments=x,y":                      "1",
		"comments=50%":                      "3",
		"cpu_count=2":                       "1",
		"cpu_count=2.0":                     "1",
		"cpu_count=two":                     "",
		"cpu_count!=two":                    "1 2 3 4",
		"cpu_count>2":                       "2", // a number, not a text
		"cpu_count>=2":                      "1 2",
		"cpu_count<2":                       "4", // empty is not small
		"cpu_countBETWEEN2@10":              "1 2",
		"cpu_countBETWEEN2":                 "",
		"cpu_countIN10,2":                   "1 2",
		"cpu_countNOT IN10,2":               "3 4",
		"cpu_countISEMPTY":                  "3",
		"cpu_countGT_FIELDram":              "",
		"cpu_countLT_FIELDram":              "1",
		"cpu_countGT_OR_EQUALS_FIELDram":    "2",
		"cpu_countLT_OR_EQUALS_FIELDram":    "1 2",
		"cost<10":                           "1",
		"virtual=true":                      "1",
		"virtual=1":                         "1",
		"virtual!=true":                     "2 3 4",
		"install_date>2026-01-01":           "1 2",
		"install_date>=2026-01-02 00:00:00": "2",
		"install_date<2026-01-02T00:00:00":  "1",
		"install_dateBETWEEN2026-01-01@2026-01-02":                                                                           "1 2",
		"install_dateONlabel@2026-01-01@2026-01-01 23:59:59":                                                                 "1",
		"install_dateNOTONlabel@2026-01-01@2026-01-01 23:59:59":                                                              "2 3 4",
		"install_dateBETWEENjavascript:gs.dateGenerate('2026-01-01','start')@javascript:gs.dateGenerate('2026-01-01','end')": "1",
		"install_date>javascript:gs.dateGenerate('2026-01-01','12:00:00')":                                                   "2",
		"company=" + acme:                                  "1",
		"company=Acme Corp":                                "", // a reference is a sys_id
		"companyISEMPTY":                                   "3",
		"companyLIKEacme":                                  "1", // but its text is the display value
		"companySTARTSWITHBETA":                            "2",
		"company.name=acme corp":                           "1",
		"company.stock_symbolISNOTEMPTY":                   "1",
		"company.nameISEMPTY":                              "3 4", // a dangling reference has no name
		"sys_idIN" + id(2) + "," + id(4):                   "2 4",
		"sys_id>" + id(2):                                  "3 4",
		"sys_id>=" + id(2) + "^sys_id<" + id(4):            "2 3",
		"sys_class_nameINSTANCEOFcmdb_ci_computer":         "1 2 3 4",
		"sys_class_nameINSTANCEOFcmdb_ci_ip_router":        "",
		"sys_class_nameINSTANCEOFnonsense":                 "",
		"name=alpha^ORname=gamma":                          "1 3",
		"name=alpha^ORname=gamma^cpu_count=2":              "1",
		"cpu_count=2^name=alpha^ORname=gamma":              "1",
		"name=alpha^NQname=gamma":                          "1 3",
		"name=alpha^cpu_count=9^NQname=gamma^EQ":           "3",
		"NQname=alpha":                                     "1",
		"^name=alpha^":                                     "1",
		"EQ":                                               "1 2 3 4",
		"123TEXTQUERY321=amm":                              "3",
		"bogus=1":                                          "1 2 3 4",
		"bogus=1^name=alpha":                               "1",
		"name=alpha^bogus.x=1":                             "1",
		"name.x=alpha":                                     "1 2 3 4",
		"name=alpha^ORbogus=1":                             "1",
		"bogus=1^ORname=alpha":                             "1",
		"name FOO alpha":                                   "1 2 3 4",
		"GROUPBYname":                                      "1 2 3 4",
		"ORDERBYname":                                      "4 1 2 3",
		"ORDERBYDESCname":                                  "3 2 1 4",
		"nameISNOTEMPTY^ORDERBYcpu_count":                  "3 1 2",
		"ORDERBYDESCcost":                                  "2 1",
		"ORDERBYcompany^ORDERBYDESCsys_id":                 "4 3 1 2", // by display value
		"ORDERBYbogus":                                     "1 2 3 4",
		"ORDERBYDESCsys_id":                                "4 3 2 1",
		"nameISEMPTY^ORcpu_countISEMPTY^ORDERBYDESCsys_id": "4 3",
	} {
		if query == "ORDERBYDESCcost" {
			query = "costISNOTEMPTY^" + query
		}
		if got := i.list("cmdb_ci_server", "serial_number", query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestUnsupportedQueriesSaySo(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{})
	for _, query := range []string{
		"opened_at>javascript:gs.somethingElse(1)", "opened_at>javascript:alert",
	} {
		res := i.do("GET", "/api/now/table/incident?sysparm_query="+url.QueryEscape(query), "")
		if res.status != 501 || !strings.Contains(res.body, "is not supported") {
			t.Errorf("%s: %d %s", query, res.status, res.body)
		}
	}
}

func TestParseQuery(t *testing.T) {
	for query, want := range map[string]string{
		"":                                      "[]",
		"a=1":                                   "[{ a = 1}]",
		"a=1^b!=2^ORc>=3^NQd<4^EQ":              "[{ a = 1} {^ b != 2} {^OR c >= 3} {^NQ d < 4}]",
		"a.b_cSTARTSWITHx^ORDERBYDESCd.e":       "[{ a.b_c STARTSWITH x} {^ d.e ORDERBYDESC }]",
		"a=x^^y^^":                              "[{ a = x^y^}]",
		"a=x^^^b=y":                             "[{ a = x^} {^ b = y}]",
		"aNOT INx,y":                            "[{ a NOT IN x,y}]",
		"aIN":                                   "[{ a IN }]",
		"a":                                     "[{   a}]",
		"=x":                                    "[{   =x}]",
		"a==x":                                  "[{ a = =x}]",
		"A=x":                                   "[{   A=x}]",
		"ORDERBYa":                              "[{ a ORDERBY }]",
		"a=1^ORORDERBYb":                        "[{ a = 1} {^OR b ORDERBY }]",
		"aBETWEEN1@2":                           "[{ a BETWEEN 1@2}]",
		"sys_class_nameINSTANCEOFcmdb_ci":       "[{ sys_class_name INSTANCEOF cmdb_ci}]",
		"a=javascript:gs.getUserID()":           "[{ a = javascript:gs.getUserID()}]",
		"a=ümlaut\n^b=\"'&%":                    "[{ a = ümlaut\n} {^ b = \"'&%}]",
		"^":                                     "[]",
		"^^":                                    "[{   ^}]",
		"RLQUERYa.b,>=1,m2m^c=1^ENDRLQUERY^d=2": "[{ a.b RLQUERY >=1,m2m} {^ c = 1} {^  ENDRLQUERY } {^ d = 2}]",
		"JOINa.b=c.d!e=1":                       "[{ a.b JOIN c.d!e=1}]",
		"RLQUERY":                               "[{   RLQUERY}]",
		"NQ^NQa=1":                              "[{   } {^NQ a = 1}]",
	} {
		if got := fmt.Sprint(servicenowtest.ParseQuery(query)); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
}

// A value is whatever stands between an operator and a single ^: escaping by
// doubling keeps any value in its term.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1", "a=1^ORb=2^NQc", "x^^^y", "^^^^", "ORDERBY", "aBETWEENb@c", "a NOT IN", "\xff^\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for n, term := range servicenowtest.ParseQuery(text) {
			if (term.Join == "") != (n == 0) {
				t.Errorf("term %d of %q has the join %q", n, text, term.Join)
			}
		}
		terms := servicenowtest.ParseQuery("name=" + strings.ReplaceAll(text, "^", "^^") + "^active=true")
		if len(terms) != 2 || terms[0].Value != text || terms[1].Field != "active" {
			t.Errorf("%q left its term: %v", text, terms)
		}
	})
}

// FuzzQuery sends anything as a query: the server answers, and never fails.
func FuzzQuery(f *testing.F) {
	i := newInstance(f, servicenowtest.Options{Clock: fixedClock})
	for n := range 100 {
		i.insert("incident", servicenowtest.Row{"short_description": strconv.Itoa(n)})
	}
	for _, seed := range []string{"active=true^ORDERBYnumber", "caller_id.manager.name=x", "sys_id>1^ORDERBYsys_id", "numberINa,b^NQx", "opened_at>2026"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		if len(query) > 2000 {
			return
		}
		res := (&instance{i.Server, t}).do("GET", "/api/now/table/incident?sysparm_fields=number&sysparm_query="+url.QueryEscape(query), "")
		if res.status != 200 && res.status != 501 {
			t.Errorf("%q: %d %s", query, res.status, res.body)
		}
	})
}

// The ways in which rows are found (by sys_id, by an index, by a range, in an
// order) give what a scan of the whole table gives.
func TestSearchAgreesWithAScan(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	random := rand.New(rand.NewPCG(1, 2))
	tables := []string{"cmdb_ci_server", "cmdb_ci_ip_router", "cmdb_ci_linux_server"}
	type record struct{ id, name, tag string }
	var all []record
	for n := range 700 {
		r := record{name: "N" + strconv.Itoa(random.IntN(40)), tag: strconv.Itoa(random.IntN(5))}
		r.id = i.insert(tables[n%3], servicenowtest.Row{"name": r.name, "asset_tag": r.tag})
		all = append(all, r)
	}
	check := func() {
		t.Helper()
		slices.SortFunc(all, func(a, b record) int { return strings.Compare(a.id, b.id) })
		for range 60 {
			pivot := all[random.IntN(len(all))].id
			name, tag := "n"+strconv.Itoa(random.IntN(40)), strconv.Itoa(random.IntN(6))
			for query, keep := range map[string]func(record) bool{
				"sys_id>" + pivot + "^ORDERBYsys_id":           func(r record) bool { return r.id > pivot },
				"sys_id>=" + pivot + "^name=" + name:           func(r record) bool { return r.id >= pivot && strings.EqualFold(r.name, name) },
				"name=" + name + "^ORname=N1^asset_tag=" + tag: func(r record) bool { return (strings.EqualFold(r.name, name) || r.name == "N1") && r.tag == tag },
				"nameIN" + name + ",n2,N3^sys_id>" + pivot: func(r record) bool {
					return r.id > pivot && (strings.EqualFold(r.name, name) || r.name == "N2" || r.name == "N3")
				},
				"asset_tag=" + tag + "^NQsys_id=" + strings.ToUpper(pivot):    func(r record) bool { return r.tag == tag || r.id == pivot },
				"sys_idIN" + pivot + "," + all[0].id + ",x^asset_tag!=" + tag: func(r record) bool { return (r.id == pivot || r.id == all[0].id) && r.tag != tag },
			} {
				var want []string
				for _, r := range all {
					if keep(r) {
						want = append(want, r.id)
					}
				}
				if got := i.list("cmdb_ci", "sys_id", query); got != strings.Join(want, " ") {
					t.Fatalf("%s:\n%s\nwant\n%s", query, got, strings.Join(want, " "))
				}
				offset, limit := random.IntN(len(want)+2), 1+random.IntN(9)
				res := i.do("GET", fmt.Sprintf("/api/now/table/cmdb_ci?sysparm_fields=sys_id&sysparm_offset=%d&sysparm_limit=%d&sysparm_query=%s", offset, limit, url.QueryEscape(query)), "")
				page := want[min(offset, len(want)):min(offset+limit, len(want))]
				if strings.Count(res.body, "sys_id") != len(page) || res.header.Get("X-Total-Count") != strconv.Itoa(len(want)) || len(page) > 0 && !strings.Contains(res.body, page[len(page)-1]) {
					t.Fatalf("%s from %d, %d rows: %s of %s, want %v of %d", query, offset, limit, res.body, res.header.Get("X-Total-Count"), page, len(want))
				}
			}
		}
	}
	check()
	for n := range all { // the indexes that now exist follow every change
		switch {
		case n%5 == 0:
			all[n].name = "N" + strconv.Itoa(random.IntN(40))
			if err := i.Update("cmdb_ci", all[n].id, servicenowtest.Row{"name": all[n].name}); err != nil {
				t.Fatal(err)
			}
		case n%7 == 0:
			if err := i.Delete("cmdb_ci", all[n].id); err != nil {
				t.Fatal(err)
			}
			all[n].id = ""
		}
	}
	all = slices.DeleteFunc(all, func(r record) bool { return r.id == "" })
	for range 50 {
		all = append(all, record{i.insert("cmdb_ci_server", servicenowtest.Row{"name": "N2", "asset_tag": "3"}), "N2", "3"})
	}
	check()
}

// Conditions on other tables, and on the place in a tree.
func TestRelatedRecords(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	region := i.insert("cmn_location", servicenowtest.Row{"name": "region"})
	site := i.insert("cmn_location", servicenowtest.Row{"name": "site", "parent": region})
	room := i.insert("cmn_location", servicenowtest.Row{"name": "room", "parent": site})
	loop := i.insert("cmn_location", servicenowtest.Row{"name": "loop"})
	if err := i.Update("cmn_location", loop, servicenowtest.Row{"parent": loop}); err != nil {
		t.Fatal(err)
	}
	for name, location := range map[string]string{"a": region, "b": site, "c": room, "d": loop, "e": ""} {
		id := i.insert("cmdb_ci_server", servicenowtest.Row{"name": name, "location": location})
		for n := range strings.Index("abcde", name) {
			i.insert("incident", servicenowtest.Row{"cmdb_ci": id, "state": strconv.Itoa(1 + n)})
		}
	}
	for range 100 { // so that indexes are worth it
		i.insert("incident", nil)
	}
	for query, want := range map[string]string{
		"locationIN_HIERARCHY" + region:                            "a b c",
		"locationIN_HIERARCHY" + strings.ToUpper(site):             "b c",
		"locationIN_HIERARCHY" + loop:                              "d",
		"nameIN_HIERARCHYa":                                        "",
		"RLQUERYincident.cmdb_ci,>=2^ENDRLQUERY":                   "c d e",
		"RLQUERYincident.cmdb_ci,=0^ENDRLQUERY":                    "a",
		"RLQUERYincident.cmdb_ci,0":                                "a",
		"RLQUERYincident.cmdb_ci,>1,m2m^state=2^ENDRLQUERY":        "",
		"RLQUERYincident.cmdb_ci,>0^state=2^ENDRLQUERY^name!=d":    "c e",
		"RLQUERYincident.cmdb_ci,<2^ENDRLQUERY^NQname=e":           "a b e",
		"RLQUERYincident.cmdb_ci,<=1^state=1^NQstate=2^ENDRLQUERY": "a b",
		"RLQUERYincident.cmdb_ci,!=0^state=4^ENDRLQUERY^ORname=a":  "a e",
		"RLQUERYincident.cmdb_ci,many^ENDRLQUERY":                  "a b c d e",
		"RLQUERYnope.x,>=1^state=1^ENDRLQUERY^name=a":              "a",
		"JOINcmdb_ci.sys_id=incident.cmdb_ci":                      "b c d e",
		"JOINcmdb_ci.sys_id=incident.cmdb_ci!state=3":              "d e",
		"JOINcmdb_ci.location=cmn_location.sys_id!nameSTARTSWITHr": "a c",
		"JOINcmdb_ci.nope=incident.cmdb_ci":                        "a b c d e",
		"JOINcmdb_ci.sys_id=incident.nope":                         "a b c d e",
		"RLQUERYincident.cmdb_ci,>=1^ENDRLQUERY^locationISEMPTY":   "e",
	} {
		if got := i.list("cmdb_ci_server", "name", query+"^ORDERBYname"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// Rows that are equal in the order come in another order on each page, so that
// a reader without a tie-breaker misses some and sees others twice; with
// sys_id at the end nothing moves.
func TestTiesMoveBetweenPages(t *testing.T) {
	i := newInstance(t, servicenowtest.Options{Clock: fixedClock})
	for range 40 {
		i.insert("incident", servicenowtest.Row{"category": "network"})
	}
	read := func(query string) int {
		seen := map[string]bool{}
		for offset := 0; offset < 40; offset += 10 {
			res := i.do("GET", "/api/now/table/incident?sysparm_fields=number&sysparm_limit=10&sysparm_offset="+strconv.Itoa(offset)+"&sysparm_query="+query, "")
			for part := range strings.SplitSeq(res.body, `"`) {
				if strings.HasPrefix(part, "INC") {
					seen[part] = true
				}
			}
		}
		return len(seen)
	}
	if n := read("ORDERBYcategory"); n == 40 {
		t.Error("an order with ties shows every row exactly once")
	}
	if n := read("ORDERBYcategory%5EORDERBYsys_id"); n != 40 {
		t.Errorf("an order that ends with sys_id shows %d of 40 rows", n)
	}
}

var fixedClock = clockAt(time.Date(2026, 1, 15, 8, 30, 15, 0, time.UTC))

// clockAt is a clock that stands still.
type clockAt time.Time

func (c clockAt) Now() time.Time { return time.Time(c) }
