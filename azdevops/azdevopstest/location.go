package azdevopstest

import "strings"

// location is where a resource of the API lives, as clients ask before their
// first call. Their own URLs are made from the template.
type location struct {
	id, area, resource, template string
	revision                     int    // of the preview, "7.1-preview.3"
	released                     string // empty means 7.1
}

const planPrefix = "{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/"

// locations are those that the clients of Microsoft for Go, Node and Python ask
// for when they work with what is here.
func locations() []location {
	return []location{
		{"e81700f7-3be2-46de-8624-2eb35882fcaa", "Location", "ResourceAreas", "_apis/{resource}/{areaId}", 1, "0.0"},
		{"00d9565f-ed9c-4a06-9a50-00e7896ccab4", "Location", "connectionData", "_apis/{resource}", 1, "0.0"},
		{"603fe2ac-9723-48b9-88ad-09305aa6c6e1", "core", "projects", "_apis/{resource}/{*projectId}", 4, ""},

		{"72c7ddf8-2cdc-4f60-90cd-ab71c14a399b", "wit", "workItems", "{project}/_apis/{area}/{resource}/{id}", 3, ""},
		{"62d3d110-0047-428c-ad3c-4fe872c91c74", "wit", "workItems", "{project}/_apis/{area}/{resource}/${type}", 3, ""},
		{"908509b6-4248-4475-a1cd-829139ba419f", "wit", "workItemsBatch", "{project}/_apis/{area}/{resource}", 1, ""},
		{"1a9c53f7-f243-4447-b110-35ef023636e4", "wit", "wiql", "{project}/{team}/_apis/{area}/{resource}", 2, ""},
		{"608aac0a-32e1-4493-a863-b9cf4566d257", "wit", "comments", "{project}/_apis/{area}/workItems/{workItemId}/{resource}/{commentId}", 4, "0.0"},
		{"6570bf97-d02c-4a91-8d93-3abe9895b1a9", "wit", "updates", "{project}/_apis/{area}/workItems/{id}/{resource}/{updateNumber}", 4, ""},
		{"a00c85a5-80fa-4565-99c3-bcd2181434bb", "wit", "revisions", "{project}/_apis/{area}/workItems/{id}/{resource}/{revisionNumber}", 3, ""},
		{"7c8d7a76-4a09-43e8-b5df-bd792f4ac6aa", "wit", "workItemTypes", "{project}/_apis/{area}/{resource}/{type}", 2, ""},
		{"7c9d7a76-4a09-43e8-b5df-bd792f4ac6aa", "wit", "states", "{project}/_apis/{area}/workItemTypes/{type}/{resource}", 1, ""},
		{"9b9f5734-36c8-415e-ba67-f83b45c31408", "wit", "workItemTypeCategories", "{project}/_apis/{area}/{resource}/{category}", 2, ""},
		{"b51fd764-e5c2-4b9b-aaf7-3395cf4bdd94", "wit", "fields", "{project}/_apis/{area}/{resource}/{fieldNameOrRefName}", 3, ""},
		{"f5d33bc9-5b49-4a3c-a9bd-f3cd46dd2165", "wit", "workItemRelationTypes", "_apis/{area}/{resource}/{relation}", 2, ""},
		{"f828fe59-dd87-495d-a17c-7a8d6211ca6c", "wit", "workItemRevisions", "{project}/_apis/{area}/reporting/{resource}", 2, ""},
		{"b70d8d39-926c-465e-b927-b1bf0e5ca0e0", "wit", "recyclebin", "{project}/_apis/{area}/{resource}/{id}", 2, ""},
		{"e07b5fa4-1499-494d-a496-64b860fd64ff", "wit", "attachments", "{project}/_apis/{area}/{resource}/{id}", 3, ""},
		{"a9a9aa7a-8c09-44d3-ad1b-46e855c1e3d3", "wit", "artifactUriQuery", "{project}/_apis/{area}/{resource}", 1, ""},

		{"0cd358e1-9217-4d94-8269-1c1ee6f93dcf", "build", "builds", "{project}/_apis/{area}/{resource}/{buildId}", 7, ""},
		{"5a21f5d2-5642-47e4-a0bd-1356e6731bee", "build", "workitems", "{project}/_apis/{area}/builds/{buildId}/{resource}", 2, ""},
		{"8baac422-4c6e-4de5-8532-db96d92acffa", "build", "Timeline", "{project}/_apis/{area}/builds/{buildId}/{resource}/{timelineId}", 2, ""},
		{"6e6114b2-8161-44c8-8f6c-c5505782427f", "build", "tags", "{project}/_apis/{area}/builds/{buildId}/{resource}/{*tag}", 3, ""},
		{"54572c7b-bbd3-45d4-80dc-28be08941620", "build", "changes", "{project}/_apis/{area}/builds/{buildId}/{resource}", 2, ""},
		{"dbeaf647-6167-421a-bda9-c9327b25e2e6", "build", "definitions", "{project}/_apis/{area}/{resource}/{definitionId}", 7, ""},

		{"28e1305e-2afe-47bf-abaf-cbb0e6a91988", "pipelines", "pipelines", "{project}/_apis/{resource}/{pipelineId}", 1, ""},
		{"7859261e-d2e9-4a68-b820-a5d84cc5bb3d", "pipelines", "runs", "{project}/_apis/pipelines/{pipelineId}/{resource}/{runId}", 1, ""},
		{"37794717-f36f-4d78-b2bf-4dc30d0cfbcd", "pipelines", "approvals", "{project}/_apis/pipelines/{resource}/{approvalId}", 1, ""},
		{"86c8381e-5aee-4cde-8ae4-25c0c7f5eaea", "pipelineschecks", "configurations", "{project}/_apis/pipelines/checks/{resource}/{id}", 1, "0.0"},
		{"91282c1d-c183-444f-9554-1485bfb3879d", "pipelineschecks", "runs", "{project}/_apis/pipelines/checks/{resource}/{checkSuiteId}", 1, "0.0"},

		{"a166fde7-27ad-408e-ba75-703c2cc9d500", "Release", "releases", "{project}/_apis/{area}/{resource}/{releaseId}", 8, ""},
		{"b47c6458-e73b-47cb-a770-4df1e8813a91", "Release", "approvals", "{project}/_apis/{area}/{resource}", 3, ""},
		{"9328e074-59fb-465a-89d9-b09c82ee5109", "Release", "approvals", "{project}/_apis/{area}/{resource}/{approvalId}", 3, ""},
		{"d8f96f24-8ea7-4cb6-baab-2df8fc515665", "Release", "definitions", "{project}/_apis/{area}/{resource}/{definitionId}", 4, ""},
		{"a7e426b1-03dc-48af-9dfe-c98bac612dcb", "Release", "environments", "{project}/_apis/{area}/releases/{releaseId}/{resource}/{environmentId}", 7, ""},
		{"2666a539-2001-4f80-bcc7-0379956749d4", "Release", "gates", "{project}/_apis/{area}/{resource}/{gateStepId}", 1, ""},
		{"b005ef73-cddc-448e-9ba2-5193bf36b19f", "Release", "deployments", "{project}/_apis/{area}/{resource}", 2, ""},

		{"fc50d02a-849f-41fb-8af1-0a5216103269", "hooks", "Subscriptions", "_apis/{area}/{resource}/{subscriptionId}", 1, ""},
		{"c7c3c1cf-9e05-4c0d-a425-a0f922c2c6ed", "hooks", "SubscriptionsQuery", "_apis/{area}/{resource}", 1, ""},
		{"0c62d343-21b0-4732-997b-017fde84dc28", "hooks", "Notifications", "_apis/{area}/Subscriptions/{subscriptionId}/{resource}/{notificationId}", 1, ""},
		{"db4777cd-8e08-4a84-8ba3-c974ea033718", "hooks", "EventTypes", "_apis/{area}/Publishers/{publisherId}/{resource}/{eventTypeId}", 1, ""},
		{"4301c514-5f34-4f5d-a145-f0ea7b5b7d19", "hooks", "Consumers", "_apis/{area}/{resource}/{consumerId}", 1, ""},

		{"557624af-b29e-4c20-8ab0-0399d2204f3f", "distributedtask", "events", planPrefix + "{resource}", 1, ""},
		{"46f5667d-263a-4684-91b1-dff7fdcf64e2", "distributedtask", "logs", planPrefix + "{resource}/{logId}", 1, ""},
		{"83597576-cc2c-453c-bea6-2882ae6a1653", "distributedtask", "timelines", planPrefix + "{resource}/{timelineId}", 1, ""},
		{"8893bc5b-35b2-4be7-83cb-99e683551db4", "distributedtask", "records", planPrefix + "timelines/{timelineId}/{resource}", 1, ""},
	}
}

func locationRoutes() []route {
	return []route{
		{"OPTIONS", "", false, false, (*Server).listLocations},
		{"OPTIONS", "*", false, false, (*Server).listLocations},
		{"GET", "ResourceAreas", false, false, (*Server).listAreas},
		{"GET", "ResourceAreas *", false, false, (*Server).getArea},
		{"GET", "connectionData", false, false, (*Server).connectionData},
	}
}

// listLocations tells where the resources of an area live, or all of them. Where
// releases are at an address of their own, each address tells of its own.
func (s *Server) listLocations(q *request) answer {
	values := []map[string]any{}
	for _, l := range locations() {
		if len(q.args) > 0 && !strings.EqualFold(q.args[0], l.area) {
			continue
		}
		if s.options.SplitReleases && l.area != "Location" && (l.area == "Release") != s.atReleases(q) {
			continue
		}
		if l.released == "" {
			l.released = "7.1"
		}
		values = append(values, map[string]any{
			"id": l.id, "area": l.area, "resourceName": l.resource, "routeTemplate": l.template,
			"resourceVersion": l.revision, "minVersion": "1.0", "maxVersion": "7.2", "releasedVersion": l.released,
		})
	}
	return list(values)
}

// areas are the parts of the API that clients ask for by id before they call
// them. Once one is told of, clients take those that are not for missing.
var areas = [...]struct{ id, name string }{
	{"79134c72-4a58-4b42-976c-04e7115f32bf", "core"},
	{"5264459e-e5e0-4bd8-b118-0985e68a4ec5", "wit"},
	{"965220d5-5bb9-42cf-8d67-9b146df2a5a4", "build"},
	{"efc2f575-36ef-48e9-b672-0c6fb4a48ac5", "Release"},
	{"5b55a9b6-2e0f-40d7-829d-3741d2b8c4e4", "pipelinesapproval"},
	{"4a933897-0488-45af-bd82-6fd3ad33f46a", "pipelineschecks"},
	{"a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd", "distributedtask"},
}

func (s *Server) renderAreas(q *request) []map[string]any {
	values := make([]map[string]any, 0, len(areas))
	main, releases := q.base, s.releasesAt(q)
	if s.atReleases(q) {
		main, releases = s.address, q.base
	}
	for _, area := range areas {
		at := main
		if area.name == "Release" {
			at = releases
		}
		values = append(values, map[string]any{"id": area.id, "name": area.name, "locationUrl": at + "/"})
	}
	return values
}

// listAreas tells where the areas are that live at different addresses. Without
// any, all of them are below the address that was asked, as on premises.
func (s *Server) listAreas(q *request) answer {
	if !s.options.SplitReleases {
		return list([]any{})
	}
	return list(s.renderAreas(q))
}

func (s *Server) getArea(q *request) answer {
	if s.options.SplitReleases {
		for _, area := range s.renderAreas(q) {
			if id, _ := area["id"].(string); strings.EqualFold(id, q.args[0]) {
				return ok(area)
			}
		}
	}
	return notFound("The resource area " + q.args[0])
}

// connectionData tells who asks.
func (s *Server) connectionData(q *request) answer {
	who := q.user.identity()
	user := map[string]any{
		"id": who["id"], "descriptor": "Microsoft.IdentityModel.Claims.ClaimsIdentity;" + q.user.Mail, "subjectDescriptor": who["descriptor"],
		"providerDisplayName": q.user.Name, "isActive": true, "properties": map[string]any{"Account": map[string]any{"$type": "System.String", "$value": q.user.Mail}},
	}
	return ok(map[string]any{
		"authenticatedUser": user, "authorizedUser": user, "instanceId": guidOf("instance"), "deploymentId": guidOf("deployment"),
		"deploymentType": s.deployment(), "locationServiceData": map[string]any{"serviceOwner": "00025394-6065-48ca-87d9-7f5672854ef7", "defaultAccessMappingMoniker": "PublicAccessMapping"},
	})
}
