// Command codefresh reads builds, and approves them.
package main

import (
	"context"
	"os"

	"github.com/itsmkit/itsmkit/codefresh"
)

func main() {
	client, err := codefresh.New(codefresh.Config{Auth: codefresh.APIKey(os.Args[1])})
	if err != nil {
		os.Exit(1)
	}
	for build, err := range client.Builds.All(context.Background(), codefresh.BuildQuery{}) {
		if err != nil {
			os.Exit(1)
		}
		if _, err := client.Builds.Approve(context.Background(), build.ID, "CHG0030001", codefresh.Approval{}); err != nil {
			os.Exit(1)
		}
		println(build.ID)
	}
}
