package servicenow_test

import (
	"context"
	"fmt"
	"log"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// importing makes an instance with a staging table for users and its transform
// map.
func importing() *servicenow.Client {
	server, err := servicenowtest.New(servicenowtest.Options{Tables: []servicenowtest.Table{{
		Name: "imp_user", Extends: "sys_import_set_row",
		Columns: []servicenowtest.Column{{Name: "user_id", Label: "User ID"}, {Name: "full_name", Label: "Name"}},
	}}})
	if err != nil {
		log.Fatal(err)
	}
	err = server.SetTransformMaps(servicenowtest.TransformMap{Name: "User", Source: "imp_user", Target: "sys_user", Fields: []servicenowtest.FieldMap{
		{Source: "user_id", Target: "user_name", Coalesce: true}, {Source: "full_name", Target: "name"},
	}})
	if err != nil {
		log.Fatal(err)
	}
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.BasicAuth("admin", "admin"), HTTPClient: server.Client()})
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func ExampleImportSetService_Insert() {
	client := importing()
	result, err := client.ImportSets.Insert(context.Background(), "imp_user", map[string]any{"user_id": "john.public", "full_name": "John Public"})
	if err != nil {
		log.Fatal(err)
	}
	for _, one := range result.Results {
		fmt.Println(result.ImportSet, one.Map, one.Table, one.Status, one.DisplayValue)
	}
	// Output: ISET0010001 User sys_user inserted John Public
}

func ExampleImportSetService_Import() {
	client := importing()
	rows := []any{
		map[string]any{"User ID": "john.public", "Name": "John Public"}, // labels are the platform's default
		map[string]any{"User ID": "john.public", "Name": "John Q. Public"},
	}
	results, err := client.ImportSets.Import(context.Background(), "imp_user", rows, servicenow.ImportOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for i, result := range results {
		fmt.Println(i, result.Status, result.Table)
	}
	// Output:
	// 0 inserted sys_user
	// 1 updated sys_user
}
