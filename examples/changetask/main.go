// Changetask is a task of an Azure pipeline that opens a change in ServiceNow for
// the stage that it runs in, and hands its number on as ServiceNow.ChangeNumber.
// It reads its inputs as every task does, from INPUT_CHANGETYPE (standard, normal
// or emergency), INPUT_CI (the name of a configuration item) and, for a standard
// change, INPUT_TEMPLATE (sys_id). Without SERVICENOW_URL the instance is in
// memory, and inputs that are missing are made up.
//
// A stage has one change, however often the task runs for the same attempt.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/itsmkit/itsmkit/azdevops"
	"github.com/itsmkit/itsmkit/servicenow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Getenv, os.Stdout)
	stop()
	if err != nil {
		line, bad := azdevops.CompleteTask("Failed", err.Error())
		fmt.Println(line)
		fmt.Fprintln(os.Stderr, "changetask:", errors.Join(err, bad))
		os.Exit(1)
	}
}

func run(ctx context.Context, env func(string) string, out io.Writer) error {
	client, env, err := connect(ctx, env)
	if err != nil {
		return err
	}
	in, err := readInputs(env)
	if err != nil {
		return err
	}
	change, err := in.open(ctx, client)
	if err != nil {
		return err
	}
	lines, err := azdevops.SetChangeNumber(change.Number())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is in %s\n%s\n", change.Number(), change.State().Label(), lines)
	return err
}

// inputs are what the pipeline asks for.
type inputs struct {
	kind         servicenow.ChangeType
	ci, template string
	title        string
	key          string // of the attempt of a stage
}

func readInputs(env func(string) string) (inputs, error) {
	in := inputs{
		ci: env("INPUT_CI"), template: env("INPUT_TEMPLATE"),
		title: fmt.Sprintf("Deployment: %s - %s", env("BUILD_BUILDNUMBER"), env("SYSTEM_TEAMPROJECT")),
		key:   fmt.Sprintf("azure-%s-%s-%s", env("BUILD_BUILDID"), env("SYSTEM_STAGEID"), env("SYSTEM_STAGEATTEMPT")),
	}
	kind, known := servicenow.ParseChangeType(env("INPUT_CHANGETYPE"))
	in.kind = kind
	switch {
	case !known:
		return in, fmt.Errorf("the input changeType is %q; use standard, normal or emergency", env("INPUT_CHANGETYPE"))
	case in.ci == "":
		return in, errors.New("the input ci is empty; name the configuration item that is deployed to")
	case in.kind == servicenow.StandardChange && in.template == "":
		return in, errors.New("a standard change needs the input template, the sys_id of its template")
	case env("BUILD_BUILDID") == "":
		return in, errors.New("BUILD_BUILDID is empty; this is a task of a pipeline")
	}
	return in, nil
}

// open finds the change of this attempt, or opens it.
func (i inputs) open(ctx context.Context, client *servicenow.Client) (servicenow.Change, error) {
	for change, err := range client.Changes.All(ctx, servicenow.Query{Where: servicenow.Eq("correlation_id", i.key)}) {
		return change, err
	}
	ci, err := i.find(ctx, client)
	if err != nil {
		return servicenow.Change{}, err
	}
	fields := servicenow.ChangeFields{ShortDescription: i.title, CI: ci, CorrelationID: i.key}
	switch i.kind {
	case servicenow.StandardChange:
		return client.Changes.Standard.Create(ctx, i.template, fields)
	case servicenow.EmergencyChange:
		return client.Changes.Emergency.Create(ctx, fields)
	}
	return client.Changes.Normal.Create(ctx, fields)
}

// find returns the sys_id of the configuration item, of which there has to be one.
func (i inputs) find(ctx context.Context, client *servicenow.Client) (string, error) {
	page, err := servicenow.TableOf[servicenow.Record](client, "cmdb_ci").List(ctx, servicenow.Query{Where: servicenow.Eq("name", i.ci), PageSize: 2})
	if err != nil {
		return "", err
	}
	if len(page.Items) != 1 {
		return "", fmt.Errorf("%d configuration items or more are called %q; one is needed", len(page.Items), i.ci)
	}
	return page.Items[0].SysID(), nil
}
