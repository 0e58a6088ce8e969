package servicenow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// imports makes an instance with a staging table for users.
func imports(t testing.TB, config servicenow.Config) (*servicenowtest.Server, *servicenow.Client) {
	t.Helper()
	server, client := startWith(t, servicenowtest.Options{Tables: []servicenowtest.Table{{Name: "imp_user", Extends: "sys_import_set_row", Columns: []servicenowtest.Column{
		{Name: "user_id", Label: "User ID"}, {Name: "full_name", Label: "Name"},
	}}}}, config)
	err := server.SetTransformMaps(servicenowtest.TransformMap{
		Name: "User", Source: "imp_user", Target: "sys_user",
		Fields: []servicenowtest.FieldMap{{Source: "user_id", Target: "user_name", Coalesce: true}, {Source: "full_name", Target: "name"}},
		Before: func(source, _ servicenowtest.Row) servicenowtest.TransformVerdict {
			if source["full_name"] == "nobody" {
				return servicenowtest.TransformVerdict{Status: servicenowtest.ImportError, ErrorMessage: "a name is needed"}
			}
			return servicenowtest.TransformVerdict{}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

func TestImportSetInsert(t *testing.T) {
	ctx := context.Background()
	server, client := imports(t, servicenow.Config{})
	row := struct {
		ID   string `json:"user_id"`
		Name string `json:"full_name"`
		Age  int    `json:"age"`
		On   bool   `json:"on"`
	}{"john", "John Public", 44, true}
	result, err := client.ImportSets.Insert(ctx, "imp_user", row)
	if err != nil {
		t.Fatal(err)
	}
	if body := string(server.Journal()[0].Body); body != `{"age":"44","full_name":"John Public","on":"true","user_id":"john"}` {
		t.Error(body)
	}
	want := servicenow.ImportResult{ImportSet: "ISET0010001", StagingTable: "imp_user", Results: []servicenow.ImportTransform{{
		Map: "User", Table: "sys_user", Status: servicenow.ImportInserted, DisplayName: "name", DisplayValue: "John Public",
		SysID: result.Results[0].SysID, Link: "https://acme.service-now.com/api/now/table/sys_user/" + result.Results[0].SysID,
	}}}
	if diff := cmp.Diff(want, result); diff != "" || result.Err() != nil {
		t.Error(diff, result.Err())
	}
	staged := server.Rows("imp_user")[0]
	again, err := client.ImportSets.Get(ctx, "imp_user", staged["sys_id"])
	if diff := cmp.Diff(want, again); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := client.ImportSets.Get(ctx, "imp_user", "gone"); !errors.Is(err, servicenow.ErrNotFound) {
		t.Error(err)
	}
	refused, err := client.ImportSets.Insert(ctx, "imp_user", map[string]any{"user_id": "x", "full_name": "nobody"})
	if err != nil || refused.Results[0].Status != servicenow.ImportFailed || !errors.Is(refused.Err(), servicenow.ErrInvalid) || refused.Err().Error() != `servicenow: import: map "User": a name is needed` {
		t.Errorf("%v %+v %v", err, refused, refused.Err())
	}
	// A user who cannot read the target gets 201 and nothing else.
	server.Fail(servicenowtest.Fault{Status: 201})
	if hidden, err := client.ImportSets.Insert(ctx, "imp_user", row); err != nil || !hidden.Hidden || hidden.StagingTable != "imp_user" || hidden.Err() != nil {
		t.Errorf("%v %+v", err, hidden)
	}
}

func TestImportSetAnswers(t *testing.T) {
	server, client := imports(t, servicenow.Config{MaxRetries: -1})
	insert := func(body string) (servicenow.ImportResult, error) {
		server.ClearFaults()
		server.Fail(servicenowtest.Fault{Status: 201, Body: body})
		return client.ImportSets.Insert(context.Background(), "imp_user", map[string]any{"user_id": "x"})
	}
	r, err := insert(`{"import_set":"I","staging_table":"t","result":[{"status":"ignored","row_count":3,"sys_id":null,"note":{"display_value":"d","value":"v"}}]}`)
	if err != nil || r.Results[0].Status != servicenow.ImportIgnored || r.Results[0].Custom["row_count"].Value != "3" || r.Results[0].Custom["note"].Display != "d" {
		t.Errorf("%v %+v", err, r)
	}
	for _, bad := range []string{`{}`, `[]`, `{"import_set":"I","result":[7]}`, `{"import_set":"I","result":[`, `{"import_set":"I","result":[],"error":{"message":"m","detail":"d"}}`} {
		if _, err := insert(bad); err == nil || !strings.HasPrefix(err.Error(), "servicenow: ImportSets.Insert: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// The whole way: rows in several requests, transformed later, a result for each.
func TestImportSetImport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := imports(t, servicenow.Config{})
		server.DelayImports(10 * time.Second)
		rows := make([]any, 25)
		for i := range rows {
			name := fmt.Sprint("User ", i)
			if i == 17 {
				name = "nobody"
			}
			rows[i] = map[string]any{"User ID": fmt.Sprintf("u%02d", i%24), "Name": name}
		}
		started := time.Now()
		results, err := client.ImportSets.Import(context.Background(), "imp_user", rows, servicenow.ImportOptions{ChunkSize: 10})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range results {
			want := servicenow.ImportInserted
			switch i {
			case 17:
				want = servicenow.ImportFailed
			case 24: // the same user again
				want = servicenow.ImportUpdated
			}
			if r.Status != want || r.Row != i%10 || (r.Err() != nil) != (i == 17) {
				t.Errorf("row %d: %+v", i, r)
			}
			if row, _ := server.Row("sys_user", r.Target); i != 17 && i != 0 && row["user_name"] != fmt.Sprintf("u%02d", i%24) {
				t.Errorf("row %d became %v", i, row["user_name"])
			}
		}
		if waited := time.Since(started); waited < 10*time.Second || waited > time.Minute {
			t.Errorf("waited %v", waited)
		}
		if n := server.Requests("POST"); n != 3 || server.Count("sys_multi_import_set") != 1 {
			t.Errorf("%d requests, %d multi import sets", n, server.Count("sys_multi_import_set"))
		}
	})
}

func TestImportSetWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		server, client := imports(t, servicenow.Config{})
		server.DelayImports(time.Hour)
		if _, err := server.Insert("sys_rest_insert_multiple", servicenowtest.Row{"source_table": "imp_user", "column_mapping": "column_name"}); err != nil {
			t.Fatal(err)
		}
		run, err := client.ImportSets.InsertMultiple(ctx, "imp_user", []any{servicenow.Record{"user_id": {Value: "a"}}}, servicenow.ImportOptions{ByName: true})
		if err != nil {
			t.Fatal(err)
		}
		if body := string(server.Journal()[0].Body); body != `{"records":[{"user_id":"a"}]}` {
			t.Error(body)
		}
		err = client.ImportSets.Wait(ctx, run, servicenow.Poll{Timeout: time.Minute})
		if !errors.Is(err, servicenow.ErrStillWaiting) || !strings.Contains(err.Error(), "is loaded") {
			t.Error(err)
		}
		rows, err := client.ImportSets.Rows(ctx, "imp_user", run)
		if err != nil || len(rows) != 1 || rows[0].Status != servicenow.ImportPending || rows[0].Err() == nil {
			t.Errorf("%v %+v", err, rows)
		}
		if err := server.Update("sys_import_set", run.ImportSet, servicenowtest.Row{"state": "cancelled"}); err != nil {
			t.Fatal(err)
		}
		if err := client.ImportSets.Wait(ctx, run, servicenow.Poll{}); !errors.Is(err, servicenow.ErrImportEnded) {
			t.Error(err)
		}
	})
}

// What goes wrong on the way leaves the results so far.
func TestImportSetFailures(t *testing.T) {
	ctx := context.Background()
	server, client := imports(t, servicenow.Config{MaxRetries: -1})
	rows := []any{map[string]any{"User ID": "a"}, map[string]any{"User ID": "b"}}
	server.Fail(servicenowtest.Fault{Method: "POST", Call: 2, DropAfter: true})
	results, err := client.ImportSets.Import(ctx, "imp_user", rows, servicenow.ImportOptions{ChunkSize: 1})
	var failure *servicenow.Error
	if !errors.As(err, &failure) || !failure.MaybeApplied() || results[0].Status != servicenow.ImportInserted || results[1].Status != "" {
		t.Errorf("%v %+v", err, results)
	}
	err = server.SetACLs(servicenowtest.ACL{Table: "imp_user", Allow: func(op servicenowtest.Operation, get func(string) string) bool {
		return op != servicenowtest.OpRead || get("user_id") != "b"
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.ImportSets.Import(ctx, "imp_user", rows, servicenow.ImportOptions{}); err == nil || !strings.Contains(err.Error(), "shows 1 rows of 2") {
		t.Error(err)
	}
}

func TestImportSetBadInput(t *testing.T) {
	ctx := context.Background()
	server, client := imports(t, servicenow.Config{})
	insert := func(row any) error { _, err := client.ImportSets.Insert(ctx, "imp_user", row); return err }
	multiple := func(o servicenow.ImportOptions, rows ...any) error {
		_, err := client.ImportSets.InsertMultiple(ctx, "imp_user", rows, o)
		return err
	}
	_, table := client.ImportSets.Insert(ctx, "imp user", map[string]any{"a": 1})
	_, noID := client.ImportSets.Get(ctx, "imp_user", "")
	_, chunk := client.ImportSets.Import(ctx, "imp_user", []any{map[string]any{"a": 1}}, servicenow.ImportOptions{ChunkSize: -1})
	_, poll := client.ImportSets.Import(ctx, "imp_user", []any{map[string]any{"a": 1}}, servicenow.ImportOptions{Poll: servicenow.Poll{Min: -1}})
	_, noRun := client.ImportSets.Rows(ctx, "imp_user", servicenow.ImportRun{})
	for want, err := range map[string]error{
		"the row is nil":             insert(nil),
		"nil":                        insert(map[string]any(nil)),
		"no row":                     insert("x"),
		"no column":                  insert(map[string]any{}),
		`column "a": `:               insert(map[string]any{"a": map[string]any{"b": 1}}),
		`column "User ID"`:           insert(map[string]any{"User ID": 1}),
		"time.Time":                  insert(struct{ T time.Time }{}),
		"there are no rows":          multiple(servicenow.ImportOptions{}),
		"row 1: ":                    multiple(servicenow.ImportOptions{}, map[string]any{"a": 1}, nil),
		`row 0: column "User ID"`:    multiple(servicenow.ImportOptions{ByName: true}, map[string]any{"User ID": 1}),
		"label is empty":             multiple(servicenow.ImportOptions{}, map[string]any{"": 1}),
		`staging table "imp user"`:   table,
		"path element":               noID,
		"ChunkSize":                  chunk,
		"Min of Poll":                poll,
		"Rows: the ImportRun has no": noRun,
		"Wait: the ImportRun has no": client.ImportSets.Wait(ctx, servicenow.ImportRun{}, servicenow.Poll{}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "servicenow: ImportSets.") || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if server.Requests() != 0 {
		t.Errorf("%d requests", server.Requests())
	}
}
