package netboxtest

import (
	"net/url"
	"regexp"
	"slices"
)

// Contact groups, roles, contacts, and what they are assigned to.

func contactGroupResource(v version) *resource {
	r := nestedGroup(v, "tenancy/contact-groups", "tenancy.contactgroup", "ContactGroup", "contact group", "contact_count", "tenancy.contact", "group")
	r.uniques = []unique{{fields: []string{"parent", "name"}}} // none at the root, none for slugs (4.7.3)
	for i, f := range r.fields {
		switch f.name {
		case "prefix_count":
			f.until = 1 // contact groups have none
		case "contact_count":
			if v >= 403 {
				r.fields[i] = computed("contact_count", func(e *encoder, r *row) { e.int(e.s.contactsIn(r)) })
			}
		}
	}
	return r
}

// contactsIn is how many contacts are in a group or below it.
func (s *Server) contactsIn(group *row) (n int64) {
	groups := s.below(group.res, map[int64]bool{group.id: true})
	t := s.tableOf("tenancy.contact")
	for _, id := range t.ids {
		for _, g := range t.rows[id].listed("groups") {
			if groups[g] {
				n++
				break
			}
		}
	}
	return n
}

func contactRoleResource() *resource {
	return &resource{
		path: "tenancy/contact-roles", model: "tenancy.contactrole", class: "ContactRole", verbose: "contact role",
		fields: spread(text("name", 100).need().once(), slugField().once(), description(), owner(), comments(v45),
			tagsField(), customField(), stamps()),
		brief:  []string{"name", "slug", "description"},
		old:    []string{"name", "slug"},
		order:  []string{"name"},
		search: []string{"name", "slug", "description"},
	}
}

func contactResource() *resource {
	return &resource{
		path: "tenancy/contacts", model: "tenancy.contact", class: "Contact", verbose: "contact",
		fields: spread(
			ref("group", "tenancy.contactgroup", setNull).puts().before(403), refs("groups", "tenancy.contactgroup").from(403),
			text("name", 100).need(), text("title", 100), text("phone", 50), text("email", 254), text("address", 200), text("link", 200),
			description(), owner(), comments(0), tagsField(), customField(), stamps()),
		brief:   []string{"name", "description"},
		old:     []string{"name"},
		order:   []string{"name"},
		search:  []string{"name", "title", "phone", "email", "address", "link", "description", "comments"},
		uniques: []unique{{fields: []string{"group", "name"}, span: span{until: 403}}},
		filters: []filter{
			{name: "group", path: []string{"group"}, tree: true, span: span{until: 403}},
			{name: "group", anyOf: listed("groups"), to: "tenancy.contactgroup", tree: true, span: span{since: 403}},
		},
		check: func(_ *Server, r, _ *row, bad *problems) {
			if m := r.str("email"); m != "" && !mailPattern.MatchString(m) {
				bad.add("email", "Enter a valid email address.")
			}
			if l := r.str("link"); l != "" && !isLink(l) {
				bad.add("link", "Enter a valid URL.")
			}
		},
	}
}

// listed makes a filter look at a list of related rows.
func listed(name string) func(*Server, *row) []int64 {
	return func(_ *Server, r *row) []int64 { return r.listed(name) }
}

var mailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+\.[^\s@.]+$`)

func isLink(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https" || u.Scheme == "ftp" || u.Scheme == "ftps")
}

func assignmentPoint(v version) *generic {
	g := &generic{kind: "object_type", id: "object_id", shows: "object"}
	if v < v40 {
		g.kind = "content_type"
	}
	return g
}

func contactAssignmentResource(v version) *resource {
	at := assignmentPoint(v)
	return &resource{
		path: "tenancy/contact-assignments", model: "tenancy.contactassignment", class: "ContactAssignment", verbose: "contact assignment",
		web: "tenancy/contacts", // the page of the contact
		fields: spread(
			at.fields(), ref("contact", "tenancy.contact", protect).need(), ref("role", "tenancy.contactrole", protect),
			choiceField("priority", "", statuses("primary secondary tertiary inactive")).blank(), tagsField(), customField(), stamps()),
		brief: []string{"contact", "role", "priority"},
		old:   []string{"contact", "role", "priority"},
		order: []string{"contact", "priority", "role"},
		uniques: []unique{
			{fields: []string{at.kind, at.id, "contact", "role"}},
		},
		filters: []filter{
			{name: "group", path: []string{"contact", "group"}, tree: true, span: span{until: 403}},
			{name: "group", anyOf: func(s *Server, r *row) []int64 { return s.follow(r, "contact").listed("groups") }, to: "tenancy.contactgroup", tree: true, span: span{since: 403}},
		},
		display: func(s *Server, r *row) string {
			who := s.display(s.follow(r, "contact"))
			if p := r.str("priority"); p != "" {
				who += " (" + capital(p) + ")"
			}
			return who + " -> " + s.display(s.assigned(r))
		},
		points: at,
		check: func(s *Server, r, _ *row, bad *problems) {
			switch {
			case !s.checkPoint(r, bad):
			case r.to("role") == 0:
				bad.add("role", "This field cannot be null.")
			case !withContacts(r.at().model):
				bad.add("__all__", "Contacts cannot be assigned to this object type ("+s.typeName(r.at().model)+").")
			}
		},
	}
}

// contactModels are the types whose objects can have contacts.
var contactModels = []string{
	"circuits.circuit", "circuits.provider", "dcim.device", "dcim.location", "dcim.manufacturer", "dcim.powerpanel", "dcim.rack",
	"dcim.region", "dcim.site", "dcim.sitegroup", "ipam.asn", "ipam.aggregate", "ipam.ipaddress", "ipam.iprange", "ipam.prefix",
	"ipam.service", "tenancy.tenant", "virtualization.cluster", "virtualization.clustergroup", "virtualization.virtualmachine",
}

// withContacts says whether objects of a type can have contacts.
func withContacts(model string) bool { return slices.Contains(contactModels, model) }

// typeName is how texts call a type: "DCIM | device" from 4.0 on.
func (s *Server) typeName(model string) string {
	if r := s.schema.byModel[model]; r != nil {
		return r.app() + " | " + r.verbose
	}
	return model
}
