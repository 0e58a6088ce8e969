package azdevopstest

import "strings"

// eventType is an event that publishers tell of, with the versions of its
// resource, the newest first.
type eventType struct {
	publisher, id string
	versions      []string
}

// eventTypes are those of which this server tells.
func eventTypes() []eventType {
	item, release, run := []string{"1.0"}, []string{"3.0-preview.1"}, []string{"5.1-preview.1"}
	return []eventType{
		{"tfs", "build.complete", []string{"2.0", "1.0"}},
		{"tfs", "workitem.created", item}, {"tfs", "workitem.updated", item}, {"tfs", "workitem.deleted", item},
		{"tfs", "workitem.restored", item}, {"tfs", "workitem.commented", item},
		{"rm", "ms.vss-release.release-created-event", release}, {"rm", "ms.vss-release.release-abandoned-event", release},
		{"rm", "ms.vss-release.deployment-started-event", release}, {"rm", "ms.vss-release.deployment-completed-event", release},
		{"rm", "ms.vss-release.deployment-approval-pending-event", release}, {"rm", "ms.vss-release.deployment-approval-completed-event", release},
		{"pipelines", "ms.vss-pipelines.run-state-changed-event", run}, {"pipelines", "ms.vss-pipelines.stage-state-changed-event", run},
		{"pipelines", "ms.vss-pipelines.job-state-changed-event", run},
		{"pipelines", "ms.vss-pipelinechecks-events.approval-pending", run}, {"pipelines", "ms.vss-pipelinechecks-events.approval-completed", run},
	}
}

func (s *Server) listEventTypes(q *request) answer {
	var values []any
	for _, t := range eventTypes() {
		if strings.EqualFold(t.publisher, q.args[0]) {
			values = append(values, map[string]any{"publisherId": t.publisher, "id": t.id, "name": t.id, "supportedResourceVersions": t.versions})
		}
	}
	return list(values)
}

func webHooks() map[string]any {
	names := []string{"url", "httpHeaders", "basicAuthUsername", "basicAuthPassword", "resourceDetailsToSend", "messagesToSend", "detailedMessagesToSend"}
	inputs := make([]any, 0, len(names))
	for _, name := range names {
		inputs = append(inputs, map[string]any{"id": name, "isConfidential": secretInput(name), "validation": map[string]any{"isRequired": name == "url"}})
	}
	return map[string]any{"id": "webHooks", "name": "Web Hooks", "authenticationType": "none", "actions": []any{
		map[string]any{"id": "httpRequest", "consumerId": "webHooks", "name": "Post via HTTP", "supportedEventTypes": []string{"*"}, "inputDescriptors": inputs},
	}}
}

func (s *Server) listConsumers(*request) answer { return list([]any{webHooks()}) }

func (s *Server) getConsumer(q *request) answer {
	if !strings.EqualFold(q.args[0], "webHooks") {
		return notFound("The consumer " + q.args[0])
	}
	return ok(webHooks())
}
