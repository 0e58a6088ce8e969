package servicenow_test

import (
	"context"
	"fmt"
	"os"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// Attach a file, list what is attached, and read it back. Content of any size
// goes by File.Open and Attachments.Open, which keep none of it in memory.
func ExampleAttachmentService() {
	instance, _ := servicenowtest.New(servicenowtest.Options{})
	incident, _ := instance.Insert("incident", servicenowtest.Row{"short_description": "Printer"})
	client, _ := servicenow.New(servicenow.Config{
		BaseURL: "acme", HTTPClient: instance.Client(), Auth: servicenow.BasicAuth("admin", "admin"),
	})
	ctx := context.Background()
	made, err := client.Attachments.Upload(ctx, servicenow.File{
		Table: "incident", SysID: incident, Name: "log.txt", ContentType: "text/plain", Data: []byte("out of paper\n"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for file, err := range client.Attachments.All(ctx, servicenow.Query{Where: servicenow.AttachedTo("incident", incident)}) {
		fmt.Println(file.FileName, file.SizeBytes, err)
	}
	_, err = client.Attachments.Download(ctx, made.SysID, os.Stdout)
	fmt.Println(err)
	// Output:
	// log.txt 13 <nil>
	// out of paper
	// <nil>
}
