package servicenow_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func insertCI(t *testing.T, server *servicenowtest.Server, class, name string) string {
	t.Helper()
	id, err := server.Insert(class, servicenowtest.Row{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestCMDBInstance(t *testing.T) {
	ctx := context.Background()
	server, client := start(t, servicenowtest.Options{})
	database := insertCI(t, server, "cmdb_ci_server", "PS ORA01")
	dependsOn, err := client.CMDB.RelationType(ctx, "Depends on::Used by")
	if err != nil {
		t.Fatal(err)
	}
	server.ResetJournal()
	ci, err := client.CMDB.Create(ctx, "cmdb_ci_linux_server", servicenow.CIWrite{
		Source: "ServiceNow", Attributes: map[string]any{"name": "lnux999", "ram": 2048},
		Outbound: []servicenow.CILink{{Type: dependsOn, Target: database}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"attributes":{"name":"lnux999","ram":"2048"},"source":"ServiceNow","outbound_relations":[{"type":"` + dependsOn + `","target":"` + database + `"}]}`
	if diff := cmp.Diff(want, string(server.Journal()[0].Body)); diff != "" {
		t.Error(diff)
	}
	if ci.Name() != "lnux999" || ci.Class() != "cmdb_ci_linux_server" || ci.Attributes.Get("ram") != "2048" || len(ci.Outbound) != 1 || len(ci.Inbound) != 0 {
		t.Errorf("%+v", ci)
	}
	if got := ci.Outbound[0]; got.Type.Display != "Depends on::Used by" || got.Target.Value != database || got.Target.Display != "PS ORA01" {
		t.Errorf("%+v", got)
	}
	if ci, err = client.CMDB.Update(ctx, "cmdb_ci_server", ci.SysID(), servicenow.CIWrite{Source: "ServiceNow", Attributes: servicenow.Record{"ram": {Value: "4096"}}}); err != nil || ci.Attributes.Get("ram") != "4096" {
		t.Errorf("%v %v", err, ci.Attributes.Get("ram"))
	}
	if ci, err = client.CMDB.Replace(ctx, "cmdb_ci", ci.SysID(), servicenow.CIWrite{Source: "ServiceNow", Attributes: map[string]string{"os": "Linux"}}); err != nil || ci.Attributes.Get("ram") != "4096" || ci.Class() != "cmdb_ci_linux_server" {
		t.Errorf("%v %v", err, ci)
	}
	runs, _ := client.CMDB.RelationType(ctx, "Runs on::Runs")
	if ci, err = client.CMDB.AddRelations(ctx, "cmdb_ci_server", ci.SysID(), "ServiceNow", []servicenow.CILink{{Type: runs, Target: database}}, nil); err != nil || len(ci.Inbound) != 1 {
		t.Fatalf("%v %+v", err, ci)
	}
	if err := client.CMDB.DeleteRelation(ctx, "cmdb_ci_server", ci.SysID(), ci.Inbound[0].SysID); err != nil {
		t.Error(err)
	}
	if err := client.CMDB.DeleteRelation(ctx, "cmdb_ci_server", ci.SysID(), ci.Inbound[0].SysID); !errors.Is(err, servicenow.ErrNotFound) {
		t.Error(err)
	}
	got, err := client.CMDB.Get(ctx, "cmdb_ci_linux_server", ci.SysID())
	if err != nil || len(got.Inbound) != 0 || len(got.Outbound) != 1 {
		t.Errorf("%v %+v", err, got)
	}
	list, err := client.CMDB.List(ctx, "cmdb_ci_server", servicenow.CIQuery{Where: servicenow.StartsWith("name", "PS"), OrderBy: []servicenow.Order{servicenow.Desc("name")}, Limit: 5, Offset: 0})
	if diff := cmp.Diff([]servicenow.CIName{{SysID: database, Name: "PS ORA01"}}, list); diff != "" || err != nil {
		t.Error(err, diff)
	}
	journal := server.Journal()
	if last := journal[len(journal)-1]; last.Query != "sysparm_limit=5&sysparm_query=nameSTARTSWITHPS%5EORDERBYDESCname" {
		t.Error(last.Query)
	}
	if _, err := client.CMDB.Get(ctx, "cmdb_ci_server", "nothing"); !errors.Is(err, servicenow.ErrNotFound) {
		t.Error(err)
	}
}

// A CI of a dependent class is created beside its host.
func TestCMDBInstanceDependent(t *testing.T) {
	ctx := context.Background()
	server, client := start(t, servicenowtest.Options{Tables: []servicenowtest.Table{{Name: "cmdb_ci_appl", Extends: "cmdb_ci"}}})
	rules := server.IRERules()
	rules.Identification = append(rules.Identification, servicenowtest.IdentificationRule{AppliesTo: "cmdb_ci_appl", Dependent: true, Entries: []servicenowtest.IdentifierEntry{{Attributes: []string{"name"}}}})
	rules.Hosting = []servicenowtest.HostingRule{{Dependent: "cmdb_ci_appl", Host: "cmdb_ci_hardware", Type: "Runs on::Runs"}}
	if err := server.SetIRERules(rules); err != nil {
		t.Fatal(err)
	}
	host := insertCI(t, server, "cmdb_ci_server", "host")
	runs, _ := client.CMDB.RelationType(ctx, "Runs on::Runs")
	write := servicenow.CIWrite{Source: "ServiceNow", Attributes: map[string]any{"name": "app"}, Host: &servicenow.CILink{Type: runs, Target: host}}
	ci, err := client.CMDB.Create(ctx, "cmdb_ci_appl", write)
	if err != nil || len(ci.Outbound) != 1 || ci.Outbound[0].Target.Value != host {
		t.Errorf("%v %+v", err, ci)
	}
	write.Host = nil
	var failure *servicenow.Error
	if _, err = client.CMDB.Create(ctx, "cmdb_ci_appl", write); !errors.As(err, &failure) || failure.Status != 500 || failure.Message != "Exception while executing request: null" {
		t.Error(err)
	}
}

func TestCMDBBadInput(t *testing.T) {
	ctx := context.Background()
	server, client := start(t, servicenowtest.Options{})
	good := servicenow.CIWrite{Source: "ServiceNow", Attributes: map[string]any{"name": "x"}}
	create := func(change func(*servicenow.CIWrite)) error {
		w := good
		change(&w)
		_, err := client.CMDB.Create(ctx, "cmdb_ci_server", w)
		return err
	}
	update := func(change func(*servicenow.CIWrite)) error {
		w := good
		change(&w)
		_, err := client.CMDB.Update(ctx, "cmdb_ci_server", "1", w)
		return err
	}
	_, noClass := client.CMDB.Get(ctx, "", "1")
	_, noID := client.CMDB.Get(ctx, "cmdb_ci", "")
	_, negative := client.CMDB.List(ctx, "cmdb_ci", servicenow.CIQuery{Limit: -1})
	_, order := client.CMDB.List(ctx, "cmdb_ci", servicenow.CIQuery{OrderBy: []servicenow.Order{{Field: "a^b"}}})
	_, where := client.CMDB.List(ctx, "cmdb_ci", servicenow.CIQuery{Where: servicenow.Eq("", 1)})
	_, none := client.CMDB.AddRelations(ctx, "cmdb_ci", "1", "ServiceNow", nil, nil)
	_, meta := client.CMDB.Meta(ctx, "a/b")
	_, noName := client.CMDB.RelationType(ctx, "")
	_, _, same := client.CMDB.Relate(ctx, "1", "Runs on::Runs", "1")
	_, _, empty := client.CMDB.Relate(ctx, "", "Runs on::Runs", "1")
	var noCI error
	for _, err := range client.CMDB.Relations(ctx, "") {
		noCI = err
	}
	for want, err := range map[string]error{
		"CMDB.Create: the source":            create(func(w *servicenow.CIWrite) { w.Source = " " }),
		"CMDB.Create: the Attributes are ni": create(func(w *servicenow.CIWrite) { w.Attributes = nil }),
		"CMDB.Create: the Attributes are em": create(func(w *servicenow.CIWrite) { w.Attributes = map[string]any{} }),
		`attribute "sys_updated_on"`:         create(func(w *servicenow.CIWrite) { w.Attributes = map[string]any{"sys_updated_on": ""} }),
		"relation 0 needs":                   create(func(w *servicenow.CIWrite) { w.Host = &servicenow.CILink{Type: "1"} }),
		"use AddRelations":                   update(func(w *servicenow.CIWrite) { w.Inbound = []servicenow.CILink{{Type: "1", Target: "2"}} }),
		`class ""`:                           noClass,
		"path element":                       noID,
		"Limit -1":                           negative,
		`order by "a^b"`:                     order,
		"CMDB.List: ":                        where,
		"no relation":                        none,
		`class "a/b"`:                        meta,
		"the name is empty":                  noName,
		"same CI":                            same,
		"parent or child is empty":           empty,
		"CMDB.Relations: the sys_id":         noCI,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "servicenow: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
}

func TestCMDBRelations(t *testing.T) {
	ctx := context.Background()
	server, client := start(t, servicenowtest.Options{})
	a, b := insertCI(t, server, "cmdb_ci_server", "a"), insertCI(t, server, "cmdb_ci_server", "b")
	id, created, err := client.CMDB.Relate(ctx, a, "Runs on::Runs", b)
	if err != nil || !created {
		t.Fatal(err)
	}
	again, created, err := client.CMDB.Relate(ctx, a, "Runs on::Runs", b)
	if err != nil || created || again != id {
		t.Errorf("%v %v %s", err, created, again)
	}
	relations := collect(t, client.CMDB.Relations(ctx, b))
	if len(relations) != 1 || relations[0].SysID != id || relations[0].TypeName != "Runs on::Runs" || relations[0].ParentName != "a" {
		t.Errorf("%+v", relations)
	}
	if err := client.CMDB.Unrelate(ctx, id); err != nil || server.Count("cmdb_rel_ci") != 0 {
		t.Error(err)
	}
	if _, _, err := client.CMDB.Relate(ctx, a, "Eats::Eaten by", b); !errors.Is(err, servicenow.ErrNotFound) {
		t.Error(err)
	}
	if _, err := server.Insert("cmdb_rel_type", servicenowtest.Row{"name": "Runs on::Runs"}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CMDB.RelationType(ctx, "Runs on::Runs"); !errors.Is(err, servicenow.ErrConflict) {
		t.Error(err)
	}
}

func TestCMDBMeta(t *testing.T) {
	ctx := context.Background()
	server, client := start(t, servicenowtest.Options{})
	m, err := client.CMDB.Meta(ctx, "cmdb_ci_server")
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "cmdb_ci_server" || m.Parent != "cmdb_ci_computer" || len(m.Children) != 3 || !m.Extendable || m.Rule.Name != "Hardware Rule" || !m.Rule.Independent {
		t.Errorf("%+v", m)
	}
	want := servicenow.IdentifierEntry{Order: 100, Attributes: []string{"serial_number", "serial_number_type"}, Table: "cmdb_serial_number", Reference: "cmdb_ci", Condition: "valid=true^absent=false^EQ", ExactCount: true, Active: true}
	if diff := cmp.Diff(want, m.Rule.Entries[0]); diff != "" {
		t.Error(diff)
	}
	ram, found := m.Attribute("ram")
	if want := (servicenow.ClassAttribute{Name: "ram", Label: "RAM (MB)", Type: "integer", MaxLength: 40, Inherited: true}); !found || ram != want {
		t.Errorf("%+v", ram)
	}
	if _, found := m.Attribute("nonsense"); found {
		t.Error("found nonsense")
	}
	if _, err := client.CMDB.Meta(ctx, "nonsense"); !errors.Is(err, servicenow.ErrNotFound) {
		t.Error(err)
	}
	// What releases write differently.
	server.Fail(servicenowtest.Fault{Status: 200, Body: `{"result":{"name":"c","is_extendable":"true","attributes":[{"element":"e","max_length":255,"is_mandatory":true,"default_value":false},{"element":"f","max_length":"many"}],"identification_rules":{"identifiers":[{"order":"7","attributes":null,"active":"1"}]},"new":1}}`})
	m, err = client.CMDB.Meta(ctx, "c")
	if err != nil || !m.Extendable || m.Attributes[0] != (servicenow.ClassAttribute{Name: "e", MaxLength: 255, Mandatory: true, Default: "false"}) || m.Attributes[1].MaxLength != 0 || m.Rule.Entries[0].Order != 7 || !m.Rule.Entries[0].Active {
		t.Errorf("%v %+v", err, m)
	}
}
