package netboxtest

import (
	"net/http"
	"strconv"
	"strings"
)

// Object types and data sources.

// objectTypeResource is the list of types: content types up to 3.7, in core and
// with much more to tell since 4.4. Descriptions are not modelled.
func objectTypeResource(v version) *resource {
	r := &resource{
		path: "core/object-types", model: "core.objecttype", class: "ObjectType", verbose: "object type", readOnly: true, unlogged: true,
		fields: spread(
			text("app_label", 100), text("app_name", 0).from(v44), text("model", 100), text("model_name", 0).from(v44), text("model_name_plural", 0).from(v44),
			constant("public", "true").from(v44), jsonField("features").from(v44), constant("is_plugin_model", "false").from(v44),
			text("rest_api_endpoint", 0).from(v44), constant("description", `""`).from(v44)),
		order:  []string{"app_label", "model"},
		search: []string{"app_label", "model"},
		display: func(s *Server, r *row) string {
			res := s.schema.byModel[r.str("app_label")+"."+r.str("model")]
			switch {
			case res == nil:
				return r.str("app_label") + "." + r.str("model")
			case s.schema.v < v40:
				return r.str("app_label") + " | " + res.verbose
			}
			return res.app() + " > " + titled(res.verbose)
		},
	}
	switch {
	case v < v40:
		r.path, r.class = "extras/content-types", "ContentType"
	case v < v44:
		r.path = "extras/object-types"
	}
	return r
}

// listTypes fills the list of types.
func (s *Server) listTypes() {
	t := s.tableOf("core.objecttype")
	for i, res := range s.schema.all {
		r := s.blank(t.res, nil)
		r.id = int64(i + 1)
		app, model, _ := strings.Cut(res.model, ".")
		features := []any{}
		for _, f := range []struct {
			name string
			has  bool
		}{{"change_logging", !res.unlogged}, {"contacts", withContacts(res.model)}, {"custom_fields", res.custom},
			{"event_rules", !res.unlogged}, {"journaling", withJournal(res.model)}, {"tags", res.tagged}} {
			if f.has {
				features = append(features, f.name)
			}
		}
		for name, v := range map[string]any{"app_label": app, "app_name": res.app(), "model": model, "model_name": res.verbose,
			"model_name_plural": plural(res.verbose), "features": features, "rest_api_endpoint": "/api/" + res.path + "/"} {
			r.set(name, v)
		}
		s.put(t, r.id, r)
	}
}

func dataSourceResource() *resource {
	return &resource{
		path: "core/data-sources", model: "core.datasource", class: "DataSource", verbose: "data source",
		fields: spread(
			text("name", 100).need().once(), choiceField("type", "", [][2]string{{"local", "Local"}, {"git", "Git"}, {"amazon-s3", "Amazon S3"}}).need(),
			text("source_url", 200).need().as("URL"), boolean("enabled", true),
			&field{name: "status", kind: kindChoice, choices: statuses("new queued syncing completed failed"), def: "new", readOnly: true},
			description(), choiceField("sync_interval", "", [][2]string{{"1", "Minutely"}, {"60", "Hourly"}, {"720", "12 hours"}, {"1440", "Daily"}, {"10080", "Weekly"}, {"43200", "30 days"}}).numbers().from(v44),
			jsonField("parameters"), text("ignore_rules", 0), owner(), comments(0), tagsField().from(v47), customField(), stamps(),
			text("last_synced", 0).nullable().locked().from(v44), constant("file_count", "0")),
		brief:  []string{"name", "description"},
		old:    []string{"name"},
		order:  []string{"name"},
		search: []string{"name", "description"},
	}
}

// sync queues the synchronization of a data source. There are no files to read,
// so it finds none.
func (x *exchange) sync(at place) (*answer, *apiError) {
	s := x.s
	source, err := x.object(at, "view")
	if err != nil {
		return nil, err
	}
	if s.opts.NoWorker {
		return nil, detail(http.StatusServiceUnavailable, "Unable to process request: RQ worker process not running.")
	}
	put := func(status string) {
		r := s.table(source.res).rows[source.id]
		if r == nil {
			return
		}
		r = r.clone()
		r.set("status", status)
		if status == "completed" {
			r.set("last_synced", string(appendStamp(nil, s.stamp(), 'Z')))
		}
		s.put(s.table(source.res), r.id, r)
	}
	put("queued")
	s.enqueue("Synchronization", point{"core.datasource", source.id}, x.by(), func() (object, string) {
		put("completed")
		return nil, ""
	})
	return x.show(source.res, s.table(source.res).rows[source.id], http.StatusOK), nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
