package servicenow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// CMDBService is the CMDB Instance API, one CI at a time with its relations,
// the CMDB Meta API, which describes classes, and relations of CIs that exist.
// It needs the role itil. Writes go through identification and reconciliation;
// for many CIs use [IREService], and to read many [TableOf].
type CMDBService struct{ client *Client }

// CI is a configuration item with its relations.
type CI struct {
	// Attributes are all columns of the CI's own class. References have value,
	// display value and link, everything else the value alone.
	Attributes Record `json:"attributes"`
	// Inbound are relations in which the CI is the child, Outbound those in
	// which it is the parent.
	Inbound  []CIRelation `json:"inbound_relations"`
	Outbound []CIRelation `json:"outbound_relations"`
}

// SysID is the CI's sys_id.
func (c CI) SysID() string { return c.Attributes.SysID() }

// Name is the CI's name, Class its table.
func (c CI) Name() string { return c.Attributes.Get("name") }

// Class is the CI's own table, which may extend the one it was read by.
func (c CI) Class() string { return c.Attributes.Get("sys_class_name") }

// CIRelation is a relation of a CI as it is read.
type CIRelation struct {
	// SysID is the record in cmdb_rel_ci.
	SysID string `json:"sys_id"`
	// Type is the relation type: its sys_id and its name, "Runs on::Runs".
	Type Value `json:"type"`
	// Target is the CI at the other end: its sys_id and name.
	Target Value `json:"target"`
}

// CILink is a relation as it is written: the sys_ids of a relation type, see
// [CMDBService.RelationType], and of the CI at the other end.
type CILink struct {
	Type   string `json:"type"`
	Target string `json:"target"`
}

// CIWrite is what a CI is created from or updated with.
type CIWrite struct {
	// Source is who says so: a choice of cmdb_ci.discovery_source. Required.
	Source string
	// Attributes are a map with string keys, a [Record] or a struct with json
	// tags. Reference values are sys_ids.
	Attributes any
	// Inbound has the new CI as the child of relations, Outbound as the parent.
	// Only Create takes them; see [CMDBService.AddRelations].
	Inbound, Outbound []CILink
	// Host is the relation by which a CI of a dependent class is identified, with
	// the new CI as the parent: "Runs on::Runs". Only Create takes it.
	Host *CILink
}

// CIName is what a list of CIs tells of each.
type CIName struct {
	SysID string `json:"sys_id"`
	Name  string `json:"name"`
}

// CIQuery selects CIs of a class for List.
type CIQuery struct {
	Where Condition
	// OrderBy decides which CIs come first; without one every page may be cut
	// elsewhere.
	OrderBy []Order
	// Limit is the most CIs in an answer, 0 for the server's 10000. The server
	// applies it before its access rules: fewer may come although there are
	// more.
	Limit, Offset int
}

// List names CIs of a class and of those that extend it. The API tells no more
// than sys_id and name, and no count.
func (s *CMDBService) List(ctx context.Context, class string, q CIQuery, opts ...CallOption) ([]CIName, error) {
	call, err := s.call("CMDB.List", http.MethodGet, "instance", class)
	if err != nil {
		return nil, err
	}
	if q.Limit < 0 || q.Offset < 0 {
		return nil, fmt.Errorf("servicenow: CMDB.List: Limit %d and Offset %d of CIQuery must not be negative", q.Limit, q.Offset)
	}
	where, err := Query{Where: q.Where, OrderBy: q.OrderBy}.encoded()
	if err != nil {
		return nil, fmt.Errorf("servicenow: CMDB.List: %w", err)
	}
	call.Query = url.Values{}
	if where != "" {
		call.Query.Set("sysparm_query", where)
	}
	if q.Limit > 0 {
		call.Query.Set("sysparm_limit", strconv.Itoa(q.Limit))
	}
	if q.Offset > 0 {
		call.Query.Set("sysparm_offset", strconv.Itoa(q.Offset))
	}
	return cmdbResult[[]CIName](ctx, s, call, opts)
}

// encoded is the condition followed by the order.
func (q Query) encoded() (string, error) {
	where, err := q.Where.Encode()
	if err != nil {
		return "", err
	}
	order, err := q.order()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(where)
	for _, o := range order {
		writeOrder(&b, o)
	}
	return b.String(), nil
}

// Get reads a CI by its sys_id; class may be any table that its own extends.
func (s *CMDBService) Get(ctx context.Context, class, sysID string, opts ...CallOption) (CI, error) {
	call, err := s.call("CMDB.Get", http.MethodGet, "instance", class, sysID)
	if err != nil {
		return CI{}, err
	}
	return cmdbResult[CI](ctx, s, call, opts)
}

// Create writes a CI through identification: one that matches is updated and
// answered with, instead of a second one. It is repeated only when provably not
// taken, unless [Idempotent] is given; the documentation does not say whether a
// repeat may add its relations twice.
func (s *CMDBService) Create(ctx context.Context, class string, w CIWrite, opts ...CallOption) (CI, error) {
	return s.write(ctx, "CMDB.Create", http.MethodPost, w, opts, class)
}

// Update writes attributes of a CI (PATCH); relations stay as they are.
func (s *CMDBService) Update(ctx context.Context, class, sysID string, w CIWrite, opts ...CallOption) (CI, error) {
	return s.write(ctx, "CMDB.Update", http.MethodPatch, w, opts, class, sysID)
}

// Replace does the same by PUT: the documentation says that attributes which
// are not given are not removed.
func (s *CMDBService) Replace(ctx context.Context, class, sysID string, w CIWrite, opts ...CallOption) (CI, error) {
	return s.write(ctx, "CMDB.Replace", http.MethodPut, w, opts, class, sysID)
}

// AddRelations adds relations to a CI; with those that are there already the
// instance does what its identification rules say.
func (s *CMDBService) AddRelations(ctx context.Context, class, sysID, source string, inbound, outbound []CILink, opts ...CallOption) (CI, error) {
	const op = "CMDB.AddRelations"
	if len(inbound)+len(outbound) == 0 {
		return CI{}, errors.New("servicenow: " + op + ": no relation: give at least one inbound or outbound")
	}
	body, err := instanceBody(CIWrite{Source: source, Inbound: inbound, Outbound: outbound}, false)
	if err != nil {
		return CI{}, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	call, err := s.call(op, http.MethodPost, "instance", class, sysID, "relation")
	if err != nil {
		return CI{}, err
	}
	call.Body, call.Kind = body, rest.Append
	return cmdbResult[CI](ctx, s, call, opts)
}

// DeleteRelation removes one relation of a CI, by the sys_id that CIRelation
// tells. A repeat that finds nothing after a lost answer has succeeded.
func (s *CMDBService) DeleteRelation(ctx context.Context, class, sysID, relation string, opts ...CallOption) error {
	call, err := s.call("CMDB.DeleteRelation", http.MethodDelete, "instance", class, sysID, "relation", relation)
	if err != nil {
		return err
	}
	call.Kind = rest.Idempotent
	rest.Apply(call, opts...)
	_, err = s.client.rest.Do(ctx, call)
	return err
}

func (s *CMDBService) write(ctx context.Context, op, method string, w CIWrite, opts []CallOption, path ...string) (CI, error) {
	call, err := s.call(op, method, append([]string{"instance"}, path...)...)
	if err != nil {
		return CI{}, err
	}
	call.Kind = rest.Idempotent
	if method == http.MethodPost {
		call.Kind = rest.Append
	} else if len(w.Inbound)+len(w.Outbound) > 0 || w.Host != nil {
		return CI{}, fmt.Errorf("servicenow: %s: it does not write relations: use AddRelations and DeleteRelation", op)
	}
	if call.Body, err = instanceBody(w, true); err != nil {
		return CI{}, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	return cmdbResult[CI](ctx, s, call, opts)
}

// instanceBody encodes a write. Lists without relations are left out: the API
// is reported to refuse empty ones.
func instanceBody(w CIWrite, attributed bool) ([]byte, error) {
	if strings.TrimSpace(w.Source) == "" {
		return nil, errors.New("the source is empty: name a choice of cmdb_ci.discovery_source")
	}
	var doc struct {
		Attributes map[string]string `json:"attributes,omitempty"`
		Source     string            `json:"source"`
		Inbound    []CILink          `json:"inbound_relations,omitempty"`
		Outbound   []CILink          `json:"outbound_relations,omitempty"`
		DependsOn  any               `json:"depends_on,omitempty"`
	}
	doc.Source, doc.Inbound, doc.Outbound = w.Source, w.Inbound, w.Outbound
	links := append(append([]CILink{}, w.Inbound...), w.Outbound...)
	if w.Host != nil {
		links = append(links, *w.Host)
		doc.DependsOn = map[string]any{"outbound_relations": *w.Host}
	}
	for i, link := range links {
		if link.Type == "" || link.Target == "" {
			return nil, fmt.Errorf("relation %d needs Type and Target: the sys_ids of a relation type and of a CI", i)
		}
	}
	if attributed {
		if w.Attributes == nil {
			return nil, errors.New("the Attributes are nil: set at least one")
		}
		var err error
		if doc.Attributes, err = attributes(w.Attributes); err != nil {
			return nil, err
		}
		if len(doc.Attributes) == 0 {
			return nil, errors.New("the Attributes are empty: set at least one")
		}
	}
	return json.Marshal(doc)
}

// call prepares a call below /api/now/cmdb.
func (s *CMDBService) call(op, method string, elements ...string) (*rest.Call, error) {
	if err := checkTable(elements[1]); err != nil {
		return nil, fmt.Errorf("servicenow: %s: class %q: %w", op, elements[1], err)
	}
	path, err := rest.Path(append([]string{"api", "now", "cmdb"}, elements...)...)
	if err != nil {
		return nil, fmt.Errorf("servicenow: %s: %w", op, err)
	}
	return &rest.Call{Op: op, Method: method, Path: path}, nil
}

// cmdbResult sends a call and decodes its result.
func cmdbResult[T any](ctx context.Context, s *CMDBService, call *rest.Call, opts []CallOption) (T, error) {
	var result T
	rest.Apply(call, opts...)
	call.Decode = func(a *rest.Answer) error {
		result = *new(T) // an earlier attempt may have left half of it
		return decodeResult(a.Body, &result)
	}
	if _, err := s.client.rest.Do(ctx, call); err != nil {
		return *new(T), err
	}
	return result, nil
}
