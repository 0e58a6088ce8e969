package netboxtest

import "strings"

var journalPoint = &generic{kind: "assigned_object_type", id: "assigned_object_id", shows: "assigned_object"}

// journalEntryResource is notes about objects. Their author is the writer, and
// since 4.6 nobody can change that.
func journalEntryResource() *resource {
	return &resource{
		path: "extras/journal-entries", model: "extras.journalentry", class: "JournalEntry", verbose: "journal entry",
		fields: spread(
			journalPoint.fields(), &field{name: "created", kind: kindStamp, readOnly: true},
			ref("created_by", "users.user", setNull).shown("id"),
			choiceField("kind", "info", statuses("info success warning danger")), text("comments", 0).need(),
			tagsField(), customField(), &field{name: "last_updated", kind: kindStamp, readOnly: true}),
		brief:   []string{"created"},
		old:     []string{"created"},
		order:   []string{"-created"},
		search:  []string{"comments"},
		filters: []filter{{name: "created_by", path: []string{"created_by"}, by: "username"}},
		points:  journalPoint,
		display: func(_ *Server, r *row) string {
			return stampTime(r.created).Format("2006-01-02 15:04") + " (" + labelOf(r.res.byName["kind"].choices, r.str("kind")) + ")"
		},
		written: func(s *Server, r, old *row, in *input) {
			_, given := in.get("created_by")
			switch {
			case old == nil && !given:
				r.set("created_by", s.userID(s.writerName()))
			case old != nil && s.schema.v >= v46:
				r.set("created_by", old.get("created_by"))
			}
		},
		check: func(s *Server, r, _ *row, bad *problems) {
			at := r.at()
			switch {
			case s.tableOf(at.model) != nil && s.rowAt(at) == nil:
				model := s.schema.byModel[at.model]
				bad.add(s.serializerKey(), "Invalid assigned_object: "+model.app()+" > "+titled(model.verbose)+" ID "+itoa(at.id))
			case !withJournal(at.model):
				bad.add("__all__", "Journaling is not supported for this object type ("+s.typeName(at.model)+").")
			}
		},
	}
}

// withJournal says whether objects of a type can have journal entries: all but
// those that NetBox only organises itself with.
func withJournal(model string) bool {
	app, name, _ := strings.Cut(model, ".")
	return app != "extras" && app != "users" && app != "core" && name != "contactassignment"
}

// titled gives every word a capital.
func titled(words string) string {
	all := strings.Fields(words)
	for i, w := range all {
		all[i] = capital(w)
	}
	return strings.Join(all, " ")
}

// writerName is the user whose request is being written.
func (s *Server) writerName() string {
	if s.writer == nil {
		return "admin"
	}
	return s.writer.User
}
