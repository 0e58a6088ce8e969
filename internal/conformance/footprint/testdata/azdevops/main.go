// Command azdevops reads work items, and comments on them.
package main

import (
	"context"
	"os"

	"github.com/itsmkit/itsmkit/azdevops"
)

func main() {
	client, err := azdevops.New(azdevops.Config{BaseURL: os.Args[1], Project: os.Args[2], Auth: azdevops.PAT(os.Args[3])})
	if err != nil {
		os.Exit(1)
	}
	for item, err := range client.WorkItems.Query(context.Background(), azdevops.Query{}, []string{azdevops.FieldTitle}) {
		if err != nil {
			os.Exit(1)
		}
		if _, err := client.WorkItems.AddComment(context.Background(), item.ID, "seen"); err != nil {
			os.Exit(1)
		}
		println(item.ID)
	}
}
