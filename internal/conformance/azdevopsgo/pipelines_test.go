package azdevopsgo_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/build"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/pipelinesapproval"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/release"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/servicehooks"
)

func (d *day) builds() {
	client, err := build.NewClient(d.context(), d.connection)
	c := got(d, client, err)
	definitions, err := c.GetDefinitions(d.context(), build.GetDefinitionsArgs{Project: project, Name: new("shop")})
	named := got(d, definitions, err).Value
	d.print("definitions", each(&named, func(r build.BuildDefinitionReference) any { return r.Name }))
	queued, err := c.QueueBuild(d.context(), build.QueueBuildArgs{Project: project, Build: &build.Build{
		Definition: &build.DefinitionReference{Id: named[0].Id}, SourceBranch: new("refs/heads/main"),
	}})
	d.print("queue", got(d, queued, err).Id, queued.BuildNumber, queued.Status)
	tags, err := c.AddBuildTag(d.context(), build.AddBuildTagArgs{Project: project, BuildId: queued.Id, Tag: new("CHG0030001")})
	d.print("tag", got(d, tags, err))
	list := func(status build.BuildStatus) []any {
		page, err := c.GetBuilds(d.context(), build.GetBuildsArgs{Project: project, Definitions: &[]int{*named[0].Id}, StatusFilter: &status})
		return each(&got(d, page, err).Value, func(b build.Build) any { return b.Id })
	}
	d.approve(func() { d.print("builds in progress", list(build.BuildStatusValues.InProgress)) })

	var done *build.Build
	for done == nil || *done.Status != build.BuildStatusValues.Completed {
		done, err = c.GetBuild(d.context(), build.GetBuildArgs{Project: project, BuildId: queued.Id})
		got(d, done, err)
	}
	d.print("build", done.Result, done.Definition.Name, done.RequestedFor.DisplayName, done.Tags)
	d.print("builds completed", list(build.BuildStatusValues.Completed))
	timeline, err := c.GetBuildTimeline(d.context(), build.GetBuildTimelineArgs{Project: project, BuildId: queued.Id})
	records := slices.DeleteFunc(*got(d, timeline, err).Records, func(r build.TimelineRecord) bool { return *r.Type != "Stage" })
	slices.SortFunc(records, func(a, b build.TimelineRecord) int { return cmp.Compare(*a.Order, *b.Order) })
	d.print("timeline", each(&records, func(r build.TimelineRecord) any { return r.Name }))
	_, err = c.GetBuild(d.context(), build.GetBuildArgs{Project: project, BuildId: new(4711)})
	d.refused("no such build", err)
}

// approve waits until the build asks, and approves. Meanwhile it looks around.
func (d *day) approve(meanwhile func()) {
	client, err := pipelinesapproval.NewClient(d.context(), d.connection)
	c := got(d, client, err)
	var waiting []pipelinesapproval.Approval
	for len(waiting) == 0 {
		asked, err := c.QueryApprovals(d.context(), pipelinesapproval.QueryApprovalsArgs{Project: project, Expand: &pipelinesapproval.ApprovalDetailsExpandParameterValues.Steps})
		waiting = *got(d, asked, err)
	}
	d.print("approvals", each(&waiting, func(a pipelinesapproval.Approval) any {
		steps := each(a.Steps, func(s pipelinesapproval.ApprovalStep) any { return []any{s.AssignedApprover.DisplayName, s.Status} })
		return []any{a.Status, a.Instructions, a.MinRequiredApprovers, steps}
	}))
	meanwhile()
	decide := func(comment *string) (*[]pipelinesapproval.Approval, error) {
		return c.UpdateApprovals(d.context(), pipelinesapproval.UpdateApprovalsArgs{Project: project, UpdateParameters: &[]pipelinesapproval.ApprovalUpdateParameters{
			{ApprovalId: waiting[0].Id, Status: &pipelinesapproval.ApprovalStatusValues.Approved, Comment: comment},
		}})
	}
	decided, err := decide(new("CHG0030001 is implemented"))
	d.print("approve", each(got(d, decided, err), func(a pipelinesapproval.Approval) any { return a.Status }))
	_, err = decide(nil)
	if refusal := (azuredevops.WrappedError{}); errors.As(err, &refusal) {
		*refusal.Message = strings.ReplaceAll(*refusal.Message, waiting[0].Id.String(), "<approval>")
	}
	d.refused("approve again", err)
}

func (d *day) releases() {
	client, err := release.NewClient(d.context(), d.connection)
	c := got(d, client, err)
	made, err := c.CreateRelease(d.context(), release.CreateReleaseArgs{Project: project, ReleaseStartMetadata: &release.ReleaseStartMetadata{DefinitionId: new(1), Description: new("By hand")}})
	d.print("release", got(d, made, err).Id, made.Name, each(made.Environments, func(e release.ReleaseEnvironment) any { return []any{e.Name, e.Status} }))
	page, err := c.GetApprovals(d.context(), release.GetApprovalsArgs{Project: project, StatusFilter: &release.ApprovalStatusValues.Pending})
	waiting := got(d, page, err).Value
	d.print("approvals of releases", each(&waiting, func(a release.ReleaseApproval) any {
		return []any{a.Id, a.Status, a.Approver.DisplayName, a.ReleaseEnvironment.Name}
	}))
	decided, err := c.UpdateReleaseApproval(d.context(), release.UpdateReleaseApprovalArgs{Project: project, ApprovalId: waiting[0].Id, Approval: &release.ReleaseApproval{
		Status: &release.ApprovalStatusValues.Approved, Comments: new("CHG0030001 is implemented"),
	}})
	d.print("approve a release", got(d, decided, err).Status, decided.Comments, decided.ApprovedBy.DisplayName)
	status := release.EnvironmentStatusValues.InProgress
	for status == release.EnvironmentStatusValues.InProgress {
		now, err := c.GetRelease(d.context(), release.GetReleaseArgs{Project: project, ReleaseId: made.Id})
		status = *(*got(d, now, err).Environments)[0].Status
	}
	d.print("released", status)
}

func (d *day) hooks() {
	c := servicehooks.NewClient(d.context(), d.connection)
	subscribe := func(event string, inputs map[string]string) (*servicehooks.Subscription, error) {
		return c.CreateSubscription(d.context(), servicehooks.CreateSubscriptionArgs{Subscription: &servicehooks.Subscription{
			PublisherId: new("tfs"), EventType: &event, ResourceVersion: new("1.0"), ConsumerId: new("webHooks"), ConsumerActionId: new("httpRequest"),
			PublisherInputs: &map[string]string{"workItemType": "Bug"}, ConsumerInputs: &inputs,
		}})
	}
	show := func(name string, s *servicehooks.Subscription) {
		d.print(name, s.EventType, s.Status, (*s.ConsumerInputs)["url"], (*s.ConsumerInputs)["basicAuthPassword"])
	}
	made, err := subscribe("workitem.updated", map[string]string{
		"url": "https://itsm.example/hooks", "basicAuthUsername": "ado", "basicAuthPassword": "not-for-you",
	})
	show("subscribe", got(d, made, err))
	read, err := c.GetSubscription(d.context(), servicehooks.GetSubscriptionArgs{SubscriptionId: made.Id})
	show("subscription", got(d, read, err))
	list, err := c.ListSubscriptions(d.context(), servicehooks.ListSubscriptionsArgs{PublisherId: new("tfs")})
	d.print("subscriptions", len(*got(d, list, err)))
	_, err = subscribe("workitem.eaten", nil)
	d.refused("subscribe to nothing", err)
	err = c.DeleteSubscription(d.context(), servicehooks.DeleteSubscriptionArgs{SubscriptionId: made.Id})
	got(d, 0, err)
	list, err = c.ListSubscriptions(d.context(), servicehooks.ListSubscriptionsArgs{})
	d.print("subscriptions left", len(*got(d, list, err)))
}
