package azdevopstest_test

import (
	"github.com/itsmkit/itsmkit/azdevops/azdevopstest"
)

const receives = "https://itsm.example.com/azure"

// withPipelines adds pipelines to a server: one that only builds, one with an
// approval, one that fails, one with a check, and two classic releases.
func withPipelines(o azdevopstest.Options) azdevopstest.Options {
	me := []string{"integration@example.com"}
	o.Definitions = []azdevopstest.Definition{
		{Name: "shop", Queue: 1e9, Artifacts: []string{"drop"}, Stages: []azdevopstest.Stage{{Name: "Build", Log: []string{"compiling", "done"}}}},
		{Name: "deploy", Stages: []azdevopstest.Stage{
			{Name: "Production", Environment: "production", Approval: &azdevopstest.Approval{Approvers: me, Timeout: 3600e9, Instructions: "CAB"}},
		}},
		{Name: "broken", Stages: []azdevopstest.Stage{{Name: "Build", Result: "failed"}}},
		{Name: "gated", Stages: []azdevopstest.Stage{
			{Name: "Production", Environment: "production", Checks: []azdevopstest.Check{{Name: "ServiceNow", URL: receives, Body: `{"number":"CHG0030001"}`, Headers: map[string]string{"X-Stage": "Production"}}}},
		}},
	}
	o.ReleaseDefinitions = []azdevopstest.ReleaseDefinition{
		{Name: "classic", Stages: []azdevopstest.ReleaseStage{{Name: "Production", Approvers: me}, {Name: "Later", Manual: true}}},
		{Name: "gates", Stages: []azdevopstest.ReleaseStage{{Name: "Production", Gates: []azdevopstest.Gate{{Name: "ServiceNow", URL: receives}}}}},
	}
	return o
}
