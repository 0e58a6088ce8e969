package azdevopstest

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// field is a field as the API describes it.
type field struct {
	name, ref, kind string
	readOnly        bool
}

// stockFields are the fields of every process here.
func stockFields() []field {
	return []field{
		{"ID", "System.Id", "integer", true},
		{"Rev", "System.Rev", "integer", true},
		{"Title", "System.Title", "string", false},
		{"Work Item Type", "System.WorkItemType", "string", true},
		{"State", "System.State", "string", false},
		{"Reason", "System.Reason", "string", false},
		{"Area Path", "System.AreaPath", "treePath", false},
		{"Iteration Path", "System.IterationPath", "treePath", false},
		{"Team Project", "System.TeamProject", "string", true},
		{"Assigned To", "System.AssignedTo", "identity", false},
		{"Created By", "System.CreatedBy", "identity", true},
		{"Created Date", "System.CreatedDate", "dateTime", true},
		{"Changed By", "System.ChangedBy", "identity", true},
		{"Changed Date", "System.ChangedDate", "dateTime", true},
		{"Description", "System.Description", "html", false},
		{"History", "System.History", "history", false},
		{"Tags", "System.Tags", "plainText", false},
		{"Comment Count", "System.CommentCount", "integer", true},
		{"Parent", "System.Parent", "integer", true},
		{"Is Deleted", "System.IsDeleted", "boolean", true},
		{"Priority", "Microsoft.VSTS.Common.Priority", "integer", false},
		{"Severity", "Microsoft.VSTS.Common.Severity", "string", false},
		{"State Change Date", "Microsoft.VSTS.Common.StateChangeDate", "dateTime", true},
		{"Activated Date", "Microsoft.VSTS.Common.ActivatedDate", "dateTime", true},
		{"Resolved Date", "Microsoft.VSTS.Common.ResolvedDate", "dateTime", true},
		{"Closed Date", "Microsoft.VSTS.Common.ClosedDate", "dateTime", true},
		{"Acceptance Criteria", "Microsoft.VSTS.Common.AcceptanceCriteria", "html", false},
		{"Value Area", "Microsoft.VSTS.Common.ValueArea", "string", false},
		{"Repro Steps", "Microsoft.VSTS.TCM.ReproSteps", "html", false},
		{"System Info", "Microsoft.VSTS.TCM.SystemInfo", "html", false},
		{"Remaining Work", "Microsoft.VSTS.Scheduling.RemainingWork", "double", false},
		{"Original Estimate", "Microsoft.VSTS.Scheduling.OriginalEstimate", "double", false},
		{"Story Points", "Microsoft.VSTS.Scheduling.StoryPoints", "double", false},
	}
}

// fieldOf finds a field by its reference name, whatever its case. Custom fields
// belong to the organization once a project has them.
func (s *Server) fieldOf(ref string) (field, bool) {
	if f, known := stockField(ref); known {
		return f, true
	}
	for _, p := range s.projects {
		for _, custom := range p.Fields {
			if strings.EqualFold(custom, ref) {
				return customField(custom), true
			}
		}
	}
	return field{}, false
}

var stockByRef = sync.OnceValue(func() map[string]field {
	byRef := map[string]field{}
	for _, f := range stockFields() {
		byRef[strings.ToLower(f.ref)] = f
	}
	return byRef
})

func stockField(ref string) (field, bool) {
	f, known := stockByRef()[strings.ToLower(ref)]
	return f, known
}

func customField(ref string) field {
	return field{name: strings.TrimPrefix(ref, "Custom."), ref: ref, kind: "string"}
}

// allFields are the fields of the organization, by reference name.
func (s *Server) allFields() []field {
	byRef := map[string]field{}
	for _, f := range stockFields() {
		byRef[f.ref] = f
	}
	for _, p := range s.projects {
		for _, custom := range p.Fields {
			byRef[custom] = customField(custom)
		}
	}
	refs := slices.Sorted(maps.Keys(byRef))
	fields := make([]field, len(refs))
	for i, ref := range refs {
		fields[i] = byRef[ref]
	}
	return fields
}

func (f field) render(base string) map[string]any {
	return map[string]any{
		"name": f.name, "referenceName": f.ref, "type": f.kind, "readOnly": f.readOnly,
		"url": base + "/_apis/wit/fields/" + f.ref,
	}
}
