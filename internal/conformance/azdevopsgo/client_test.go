package azdevopsgo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/core"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/location"

	"github.com/itsmkit/itsmkit/internal/conformance/foreign"
	"github.com/itsmkit/itsmkit/internal/conformance/organization"
)

func TestClientGo(t *testing.T) {
	o := organization.Start(t)
	d := &day{tb: t, connection: azuredevops.NewPatConnection(o.URL, organization.Token)}
	d.connect()
	d.workItems()
	d.builds()
	d.releases()
	d.hooks()
	foreign.Compare(t, organization.Said, d.said.String())
	o.Check(t)
}

// day is one spent in the organization. Each step prints a line, its name and
// what was answered, the same as the client for Node does.
type day struct {
	tb         testing.TB
	connection *azuredevops.Connection
	said       bytes.Buffer
}

var project = new(organization.Project)

func (d *day) context() context.Context { return d.tb.Context() }

func (d *day) print(name string, values ...any) {
	d.said.WriteString(name + " ")
	encoder := json.NewEncoder(&d.said)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(values); err != nil {
		d.tb.Fatal(err)
	}
}

// refused prints how the client understands an error: by value, or a pointer in
// some cases. Of what does not exist only the status, all that Node's knows.
func (d *day) refused(name string, err error) {
	d.tb.Helper()
	var refusal azuredevops.WrappedError
	if p := (*azuredevops.WrappedError)(nil); errors.As(err, &p) {
		refusal = *p
	} else if !errors.As(err, &refusal) {
		d.tb.Fatalf("%s: the client does not understand it: %v", name, err)
	}
	if *refusal.StatusCode == http.StatusNotFound {
		d.print(name, http.StatusNotFound)
		return
	}
	d.print(name, *refusal.StatusCode, *refusal.Message, *refusal.TypeKey)
}

// got ends the test when a step has failed.
func got[T any](d *day, value T, err error) T {
	d.tb.Helper()
	if err != nil {
		d.tb.Fatalf("%v\nafter\n%s", err, d.said.String())
	}
	return value
}

func (d *day) connect() {
	data, err := location.NewClient(d.context(), d.connection).GetConnectionData(d.context(), location.GetConnectionDataArgs{})
	d.print("connect", got(d, data, err).AuthenticatedUser.ProviderDisplayName)
	client, err := core.NewClient(d.context(), d.connection)
	found, err := got(d, client, err).GetProject(d.context(), core.GetProjectArgs{ProjectId: project})
	d.print("project", got(d, found, err).Name)
}

// each makes a list of what f picks.
func each[T any](list *[]T, f func(T) any) []any {
	picked := []any{}
	for _, v := range *list {
		picked = append(picked, f(v))
	}
	return picked
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
