package main

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/servicenow"
)

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestInMemory(t *testing.T) {
	for kind, state := range map[string]string{"": "New", "normal": "New", "Emergency": "New", "standard": "New"} {
		var out bytes.Buffer
		if err := run(t.Context(), env(map[string]string{"INPUT_CHANGETYPE": kind}), &out); err != nil {
			t.Fatal(kind, err)
		}
		want := "CHG0030001 is in " + state + "\n##vso[task.setvariable variable=ServiceNow.ChangeNumber]CHG0030001\n##vso[task.setvariable variable=ServiceNow.ChangeNumber;isOutput=true]CHG0030001\n"
		if out.String() != want {
			t.Errorf("%q: got %s, want %s", kind, out.String(), want)
		}
	}
}

func TestInputs(t *testing.T) {
	good := map[string]string{"INPUT_CHANGETYPE": "standard", "INPUT_CI": "web-01", "INPUT_TEMPLATE": "x", "BUILD_BUILDID": "9"}
	for name, tt := range map[string][3]string{
		"003-35 no such type":             {"INPUT_CHANGETYPE", "urgent", `the input changeType is "urgent"; use standard, normal or emergency`},
		"003-35 no type":                  {"INPUT_CHANGETYPE", "", "use standard, normal or emergency"},
		"003-35 no CI":                    {"INPUT_CI", "", "the input ci is empty"},
		"a standard one without template": {"INPUT_TEMPLATE", "", "needs the input template"},
		"outside of a pipeline":           {"BUILD_BUILDID", "", "this is a task of a pipeline"},
	} {
		t.Run(name, func(t *testing.T) {
			values := maps.Clone(good)
			values[tt[0]] = tt[1]
			if _, err := readInputs(env(values)); err == nil || !strings.Contains(err.Error(), tt[2]) {
				t.Errorf("%v, want %q", err, tt[2])
			}
		})
	}
	if _, err := readInputs(env(good)); err != nil {
		t.Error(err)
	}
}

// The task runs again for the same attempt: a retried job, a repeated webhook.
func TestOneChangeForAnAttempt(t *testing.T) {
	client, made, err := connect(t.Context(), env(map[string]string{}))
	if err != nil {
		t.Fatal(err)
	}
	in, err := readInputs(made)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []string
	for range 2 {
		change, err := in.open(t.Context(), client)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, change.Number())
	}
	in.key = "azure-9-production-2"
	change, err := in.open(t.Context(), client)
	if err != nil || numbers[0] != numbers[1] || change.Number() == numbers[0] {
		t.Error(numbers, change.Number(), err)
	}
	in.key, in.ci = "azure-9-production-3", "no such"
	if _, err := in.open(t.Context(), client); err == nil || !strings.Contains(err.Error(), `"no such"; one is needed`) {
		t.Error(err)
	}
	if n, err := servicenow.TableOf[servicenow.Record](client, "change_request").Count(t.Context(), servicenow.Query{}); err != nil || n != 2 {
		t.Error(n, err)
	}
}
