package azdevops

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// The kinds of relations, by their reference names.
const (
	RelationParent    = "System.LinkTypes.Hierarchy-Reverse"
	RelationChild     = "System.LinkTypes.Hierarchy-Forward"
	RelationRelated   = "System.LinkTypes.Related"
	RelationHyperlink = "Hyperlink"
	RelationFile      = "AttachedFile"
	RelationArtifact  = "ArtifactLink"
)

// Relation is a link of a work item to another one, an address, a file or an
// artifact.
type Relation struct {
	Kind    string // reference name, RelationParent and its like
	URL     string // address; of a work item its API address
	Name    string // of an artifact link: "Build", "Found in build", "Fixed in Commit", ...
	Comment string
}

// Hyperlink is a relation to an address outside.
func Hyperlink(address, comment string) Relation {
	return Relation{Kind: RelationHyperlink, URL: address, Comment: comment}
}

// BuildLink is a relation to a build. name says which: "Build", "Found in
// build" or "Integrated in build".
func BuildLink(build int, name string) Relation {
	return Relation{Kind: RelationArtifact, URL: "vstfs:///Build/Build/" + strconv.Itoa(build), Name: name}
}

// CommitLink is a relation to a commit of a repository in the project, both by
// their ids. name says which: "Fixed in Commit".
func CommitLink(project, repository, commit, name string) Relation {
	id := url.PathEscape(project + "/" + repository + "/" + commit)
	return Relation{Kind: RelationArtifact, URL: "vstfs:///Git/Commit/" + id, Name: name}
}

// LinkedTo reads which work items link to artifacts, such as builds and commits,
// by the addresses that BuildLink and CommitLink have. The answer has a list for
// each address, the lowest id first; in a client with a project it is about that
// project's items.
func (s *WorkItemService) LinkedTo(ctx context.Context, artifacts []string, opts ...CallOption) (map[string][]int, error) {
	const op = "WorkItems.LinkedTo"
	linked := make(map[string][]int, len(artifacts))
	for i, a := range artifacts {
		if !strings.HasPrefix(a, "vstfs:///") {
			return nil, fmt.Errorf("azdevops: %s: artifacts[%d] is %q; it begins with vstfs:///", op, i, a)
		}
		linked[a] = nil
	}
	if len(artifacts) == 0 {
		return linked, nil
	}
	var answer struct {
		Found map[string][]struct {
			ID int `json:"id"`
		} `json:"artifactUrisQueryResult"`
	}
	err := s.c.do(ctx, request{
		op: op, method: http.MethodPost, kind: rest.Read, within: true, path: []string{"_apis", "wit", "artifacturiquery"},
		body: map[string]any{"artifactUris": artifacts}, result: &answer,
	}, opts)
	for a := range linked {
		for _, item := range answer.Found[a] {
			linked[a] = append(linked[a], item.ID)
		}
		slices.Sort(linked[a])
	}
	return linked, err
}

// wireRelation is a relation as the API has it.
type wireRelation struct {
	Kind       string         `json:"rel"`
	URL        string         `json:"url"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// UnmarshalJSON reads a relation as the API has it.
func (r *Relation) UnmarshalJSON(data []byte) error {
	*r = Relation{}
	for name, value := range members(data) {
		switch string(name) {
		case "rel":
			r.Kind = unquote(value)
		case "url":
			r.URL = unquote(value)
		case "attributes":
			for name, value := range members(value) {
				switch string(name) {
				case "name":
					r.Name = unquote(value)
				case "comment":
					r.Comment = unquote(value)
				}
			}
		}
	}
	return nil
}

// MarshalJSON writes a relation as the API takes it.
func (r Relation) MarshalJSON() ([]byte, error) {
	w := wireRelation{Kind: r.Kind, URL: r.URL}
	if r.Name != "" || r.Comment != "" {
		w.Attributes = map[string]any{}
		if r.Name != "" {
			w.Attributes["name"] = r.Name
		}
		if r.Comment != "" {
			w.Attributes["comment"] = r.Comment
		}
	}
	return json.Marshal(w)
}

// same reports whether two relations are one: kind and address, whose case the
// service forgives. The address of a work item ends in its id and may name the
// project or not.
func (r Relation) same(other Relation) bool {
	if !strings.EqualFold(r.Kind, other.Kind) {
		return false
	}
	if r.Kind == RelationArtifact && r.Name != "" && other.Name != "" && !strings.EqualFold(r.Name, other.Name) {
		return false
	}
	if a, b := r.WorkItem(), other.WorkItem(); a > 0 && b > 0 {
		return a == b
	}
	return strings.EqualFold(r.URL, other.URL)
}

// WorkItem is the id of the work item that the relation leads to, 0 when it
// leads elsewhere.
func (r Relation) WorkItem() int {
	const part = "/_apis/wit/workitems/"
	i := strings.Index(strings.ToLower(r.URL), part)
	if i < 0 {
		return 0
	}
	id, err := strconv.Atoi(r.URL[i+len(part):])
	if err != nil {
		return 0
	}
	return id
}

// Build is the id of the build that an artifact link leads to, 0 when it leads
// elsewhere.
func (r Relation) Build() int {
	text, found := strings.CutPrefix(strings.ToLower(r.URL), "vstfs:///build/build/")
	id, err := strconv.Atoi(text)
	if !found || err != nil || !strings.EqualFold(r.Kind, RelationArtifact) {
		return 0
	}
	return id
}
