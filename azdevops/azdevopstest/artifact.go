package azdevopstest

import (
	"encoding/json"
	"net/http"
	"strings"
)

func relationRoutes() []route {
	return []route{
		{"GET", "wit workitemrelationtypes", false, false, (*Server).listRelationTypes},
		{"GET", "wit workitemrelationtypes *", false, false, (*Server).getRelationType},
		{"POST", "wit artifacturiquery", false, false, (*Server).queryArtifacts},
	}
}

// relationType is a kind of relation as the API describes it.
type relationType struct {
	ref, name string
	resource  bool // leads to something else than a work item
}

func relationTypes() []relationType {
	return []relationType{
		{"System.LinkTypes.Hierarchy-Forward", "Child", false},
		{"System.LinkTypes.Hierarchy-Reverse", "Parent", false},
		{"System.LinkTypes.Related", "Related", false},
		{"System.LinkTypes.Dependency-Forward", "Successor", false},
		{"System.LinkTypes.Dependency-Reverse", "Predecessor", false},
		{"System.LinkTypes.Duplicate-Forward", "Duplicate", false},
		{"System.LinkTypes.Duplicate-Reverse", "Duplicate Of", false},
		{"AttachedFile", "Attached File", true},
		{"Hyperlink", "Hyperlink", true},
		{"ArtifactLink", "Artifact Link", true},
	}
}

func (r relationType) render(base string) map[string]any {
	attributes := map[string]any{"usage": "workItemLink", "editable": false, "enabled": true, "directional": r.ref != "System.LinkTypes.Related"}
	if r.resource {
		attributes = map[string]any{"usage": "resourceLink", "editable": false, "enabled": true}
	}
	return map[string]any{"referenceName": r.ref, "name": r.name, "attributes": attributes, "url": base + "/_apis/wit/workItemRelationTypes/" + r.ref}
}

func (s *Server) listRelationTypes(q *request) answer {
	types := relationTypes()
	values := make([]map[string]any, len(types))
	for i, r := range types {
		values[i] = r.render(q.base)
	}
	return list(values)
}

func (s *Server) getRelationType(q *request) answer {
	for _, r := range relationTypes() {
		if strings.EqualFold(r.ref, q.args[0]) {
			return ok(r.render(q.base))
		}
	}
	return notFound("The relation type " + q.args[0])
}

// queryArtifacts answers which work items link to builds, commits and their
// like.
func (s *Server) queryArtifacts(q *request) answer {
	var body struct {
		URIs []string `json:"artifactUris"`
	}
	if json.Unmarshal(q.body, &body) != nil || len(body.URIs) == 0 {
		return refuse(http.StatusBadRequest, "VssPropertyValidationException", "VS403485: artifactUris is empty.")
	}
	found := map[string][]reference{}
	for _, uri := range body.URIs {
		found[uri] = []reference{}
		for r := range s.rowsAt(s.Now()) {
			if r.item.linksTo(uri) && (q.project == nil || q.project == r.item.project) {
				found[uri] = append(found[uri], reference{r.item.id, itemURL(q.base, r.item.id)})
			}
		}
	}
	return ok(map[string]any{"artifactUrisQueryResult": found})
}

func (w *workItem) linksTo(uri string) bool {
	for _, r := range w.now().relations {
		if strings.EqualFold(r.kind, "ArtifactLink") && strings.EqualFold(r.url, uri) {
			return true
		}
	}
	return false
}
