package netboxtest

import (
	"slices"
	"strings"
)

func webhookResource() *resource {
	return &resource{
		path: "extras/webhooks", model: "extras.webhook", class: "Webhook", verbose: "webhook",
		fields: spread(
			text("name", 150).need().once(), description(), text("payload_url", 500).need(),
			text("http_method", 30).defaults("POST"), // a bare text on reads, too
			text("http_content_type", 100).defaults("application/json"), text("additional_headers", 0), text("body_template", 0),
			text("secret", 255), boolean("ssl_verification", true), text("ca_file_path", 4096).nullable(),
			integer("timeout", 1, 3600).from(407), customField(), owner(), tagsField(), stamps()),
		brief:  []string{"name", "description"},
		old:    []string{"name"},
		order:  []string{"name"},
		search: []string{"name", "description", "payload_url"},
		check: func(s *Server, r, _ *row, bad *problems) {
			if m := r.str("http_method"); !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, m) {
				bad.add("http_method", notAChoice(m))
			}
			checkWebhook(s, r, bad)
		},
	}
}

// checkWebhook refuses an address that is none, and templates that netboxtest
// cannot render: better now than a delivery that no NetBox would have made so.
func checkWebhook(s *Server, r *row, bad *problems) {
	for _, name := range []string{"payload_url", "additional_headers", "body_template"} {
		if _, err := parseTemplate(r.str(name)); err != nil {
			bad.add(name, err.Error())
			return
		}
	}
	if s.schema.v < v47 {
		return
	}
	if r.get("ssl_verification") == false && r.str("ca_file_path") != "" {
		bad.add("ca_file_path", "Do not specify a CA certificate file if SSL verification is disabled.")
	}
	raw := r.str("payload_url")
	scheme, rest, found := strings.Cut(raw, "://")
	literal := !strings.Contains(raw, "{{")
	if !found && literal || found && !strings.Contains(scheme, "{{") && scheme != "http" && scheme != "https" || literal && (rest == "" || rest[0] == '/') {
		bad.add("payload_url", "Enter a valid URL, beginning with http:// or https://.")
	}
}

// eventTypes are what an event rule of 4.1 and later may wait for.
var eventTypes = []string{"object_created", "object_updated", "object_deleted", "job_started", "job_completed", "job_failed", "job_errored"}

// triggers are the same up to 4.0.
var triggers = []string{"type_create", "type_update", "type_delete", "type_job_start", "type_job_end"}

func eventRuleResource() *resource {
	fields := spread(
		&field{name: "object_types", kind: kindTypes, required: true, span: span{since: 400}},
		&field{name: "content_types", kind: kindTypes, required: true, span: span{until: 400}},
		text("name", 150).need().once())
	for _, name := range triggers {
		fields = append(fields, boolean(name, false).before(401))
	}
	return &resource{
		path: "extras/event-rules", model: "extras.eventrule", class: "EventRule", verbose: "event rule",
		fields: spread(fields, boolean("enabled", true),
			&field{name: "event_types", kind: kindJSON, required: true, span: span{since: 401}},
			jsonField("conditions"),
			choiceField("action_type", "webhook", [][2]string{{"webhook", "Webhook"}, {"script", "Script"}, {"notification", "Notification"}}).need(),
			&field{name: "action_object_type", kind: kindType, required: true}, integer("action_object_id", 1, 0),
			computed("action_object", func(e *encoder, r *row) {
				var to *row
				id, _ := r.get("action_object_id").(int64)
				if res := e.s.schema.byModel[r.str("action_object_type")]; res != nil {
					to = e.s.table(res).rows[id]
				}
				e.nested(to, "")
			}),
			constant("action_is_available", "true").from(407), description(), customField(), owner(), tagsField(), stamps()),
		brief:  []string{"name", "description"},
		old:    []string{"name"},
		order:  []string{"name"},
		search: []string{"name", "description"},
		check:  checkEventRule,
	}
}

func checkEventRule(s *Server, r, _ *row, bad *problems) {
	if c := r.get("conditions"); truth(c) {
		if text := s.checkConditions(c); text != "" {
			bad.add("conditions", text)
		}
	}
	if s.schema.v < 401 {
		if !slices.ContainsFunc(triggers, func(name string) bool { return r.get(name) == true }) {
			bad.add("__all__", "At least one event type must be selected: create, update, delete, job start, and/or job end.")
		}
		return
	}
	list, ok := r.get("event_types").([]any)
	if !ok {
		bad.add("event_types", "Expected a list of items but got type \""+pythonType(r.get("event_types"))+"\".")
		return
	}
	for _, x := range list {
		if !slices.Contains(eventTypes, plain(x)) {
			bad.add("event_types", notAChoice(plain(x)))
		}
	}
}
