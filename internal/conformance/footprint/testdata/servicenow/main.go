// Command servicenow reads incidents, and changes them.
package main

import (
	"context"
	"os"

	"github.com/itsmkit/itsmkit/servicenow"
)

type incident struct {
	SysID  string `json:"sys_id"`
	Number string `json:"number"`
}

func main() {
	client, err := servicenow.New(servicenow.Config{BaseURL: os.Args[1], Auth: servicenow.BasicAuth(os.Args[2], os.Args[3])})
	if err != nil {
		os.Exit(1)
	}
	table := servicenow.TableOf[incident](client, "incident")
	query := servicenow.Query{Where: servicenow.Eq("active", "true")}
	for row, err := range table.All(context.Background(), query) {
		if err != nil {
			os.Exit(1)
		}
		if _, err := table.Update(context.Background(), row.SysID, map[string]any{"work_notes": "seen"}); err != nil {
			os.Exit(1)
		}
		println(row.Number)
	}
}
