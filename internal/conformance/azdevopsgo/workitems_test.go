package azdevopsgo_test

import (
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/microsoft/azure-devops-go-api/azuredevops/v7"
	"github.com/microsoft/azure-devops-go-api/azuredevops/v7/webapi"
	wit "github.com/microsoft/azure-devops-go-api/azuredevops/v7/workitemtracking"
)

func add(name string, value any) webapi.JsonPatchOperation {
	return webapi.JsonPatchOperation{Op: &webapi.OperationValues.Add, Path: new("/fields/" + name), Value: value}
}

func (d *day) show(name string, w *wit.WorkItem) {
	f := *w.Fields
	assigned, _ := f["System.AssignedTo"].(map[string]any)
	d.print(name, w.Id, w.Rev, f["System.WorkItemType"], f["System.Title"], f["System.State"],
		text(f["System.Tags"]), text(assigned["displayName"]), text(f["Custom.ServiceNowId"]))
}

func (d *day) workItems() {
	client, err := wit.NewClient(d.context(), d.connection)
	c := got(d, client, err)
	bug := d.createItems(c)
	d.changeItems(c, bug)
	d.readItems(c, bug)
	d.query(c)
	d.comments(c, *bug.Id)

	file, err := c.CreateAttachment(d.context(), wit.CreateAttachmentArgs{UploadStream: strings.NewReader("basket: no items"), FileName: new("log of the shop.txt"), Project: project})
	content, err := c.GetAttachmentContent(d.context(), wit.GetAttachmentContentArgs{Id: got(d, file, err).Id, FileName: new("log of the shop.txt"), Project: project})
	data, err := io.ReadAll(got(d, content, err))
	d.print("attachment", string(got(d, data, err)))

	updates, err := c.GetUpdates(d.context(), wit.GetUpdatesArgs{Id: bug.Id, Project: project})
	d.print("updates", each(got(d, updates, err), func(u wit.WorkItemUpdate) any {
		state := ""
		if u.Fields != nil {
			state = text((*u.Fields)["System.State"].NewValue)
		}
		return []any{u.Rev, state}
	}))
	states, err := c.GetWorkItemTypeStates(d.context(), wit.GetWorkItemTypeStatesArgs{Project: project, Type: new("Bug")})
	d.print("states", each(got(d, states, err), func(s wit.WorkItemStateColor) any { return []any{s.Name, s.Category} }))
	deleted, err := c.DeleteWorkItem(d.context(), wit.DeleteWorkItemArgs{Id: new(3), Project: project})
	d.print("delete", got(d, deleted, err).Id)
	_, err = c.GetWorkItem(d.context(), wit.GetWorkItemArgs{Id: new(3)})
	d.refused("get what is deleted", err)
}

func (d *day) createItems(c wit.Client) *wit.WorkItem {
	create := func(kind string, ops ...webapi.JsonPatchOperation) (*wit.WorkItem, error) {
		return c.CreateWorkItem(d.context(), wit.CreateWorkItemArgs{Project: project, Type: &kind, Document: &ops})
	}
	bug, err := create("Bug", add("System.Title", `Basket is empty "again"`), add("System.Tags", "ServiceNow; shop"), add("Custom.ServiceNowId", "INC0010001"))
	d.show("create", got(d, bug, err))
	task, err := create("Task", add("System.Title", "Mend the basket"), webapi.JsonPatchOperation{
		Op: &webapi.OperationValues.Add, Path: new("/relations/-"),
		Value: wit.WorkItemRelation{Rel: new("System.LinkTypes.Hierarchy-Reverse"), Url: bug.Url, Attributes: &map[string]any{"comment": "Found by Ada"}},
	})
	d.show("create with a parent", got(d, task, err))
	third, err := create("Task", add("System.Title", "By mistake"))
	d.show("create a third", got(d, third, err))
	_, err = create("Bug", add("System.Tags", "x"))
	d.refused("create without a title", err)
	return bug
}

func (d *day) changeItems(c wit.Client, bug *wit.WorkItem) {
	update := func(in *string, ops ...webapi.JsonPatchOperation) (*wit.WorkItem, error) {
		return c.UpdateWorkItem(d.context(), wit.UpdateWorkItemArgs{Id: bug.Id, Project: in, Document: &ops})
	}
	change := []webapi.JsonPatchOperation{
		{Op: &webapi.OperationValues.Test, Path: new("/rev"), Value: *bug.Rev},
		add("System.State", "Active"), add("System.AssignedTo", "ada@example.com"),
	}
	changed, err := update(project, change...)
	d.show("update", got(d, changed, err))
	_, err = update(project, change...)
	d.refused("conflict", err)
	_, err = update(project, add("System.State", "Broken"))
	d.refused("no such state", err)
	changed, err = update(nil, add("System.State", "Resolved"))
	d.show("update without a project", got(d, changed, err))
}

func (d *day) readItems(c wit.Client, bug *wit.WorkItem) {
	whole, err := c.GetWorkItem(d.context(), wit.GetWorkItemArgs{Id: new(2), Expand: &wit.WorkItemExpandValues.Relations, Project: project})
	d.print("get", whole.Id, each(got(d, whole, err).Relations, func(r wit.WorkItemRelation) any { return []any{r.Rel, (*r.Attributes)["comment"]} }))
	some, err := c.GetWorkItem(d.context(), wit.GetWorkItemArgs{Id: bug.Id, Fields: &[]string{"System.Id", "System.Title"}})
	d.print("get fields", slices.Sorted(maps.Keys(*got(d, some, err).Fields)))
	made, err := time.Parse(time.RFC3339, text((*bug.Fields)["System.ChangedDate"]))
	was, err := c.GetWorkItem(d.context(), wit.GetWorkItemArgs{Id: bug.Id, AsOf: &azuredevops.Time{Time: got(d, made, err)}})
	d.show("get as it was", got(d, was, err))
	_, err = c.GetWorkItem(d.context(), wit.GetWorkItemArgs{Id: new(4711)})
	d.refused("get what is not there", err)

	listed, err := c.GetWorkItems(d.context(), wit.GetWorkItemsArgs{Ids: &[]int{2, 1}, Fields: &[]string{"System.Title"}})
	d.print("list", each(got(d, listed, err), func(w wit.WorkItem) any { return []any{w.Id, (*w.Fields)["System.Title"]} }))
	batch := func(policy *wit.WorkItemErrorPolicy, fields *[]string, ids ...int) (*[]wit.WorkItem, error) {
		return c.GetWorkItemsBatch(d.context(), wit.GetWorkItemsBatchArgs{Project: project, WorkItemGetRequest: &wit.WorkItemBatchGetRequest{Ids: &ids, Fields: fields, ErrorPolicy: policy}})
	}
	many, err := batch(&wit.WorkItemErrorPolicyValues.Omit, &[]string{"System.Title", "System.State"}, 3, 4711, 1)
	there := slices.DeleteFunc(*got(d, many, err), func(w wit.WorkItem) bool { return w.Id == nil })
	d.print("batch", each(&there, func(w wit.WorkItem) any { return []any{w.Id, (*w.Fields)["System.State"]} }))
	_, err = batch(&wit.WorkItemErrorPolicyValues.Fail, nil, 1, 4711)
	d.refused("batch that must be whole", err)
}

func (d *day) query(c wit.Client) {
	query := func(text string, top *int) (*wit.WorkItemQueryResult, error) {
		return c.QueryByWiql(d.context(), wit.QueryByWiqlArgs{Project: project, Wiql: &wit.Wiql{Query: &text}, Top: top, TimePrecision: new(false)})
	}
	flat, err := query("SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.State] <> 'Resolved' ORDER BY [System.Id] DESC", new(10))
	d.print("query", got(d, flat, err).QueryType, each(flat.Columns, func(f wit.WorkItemFieldReference) any { return f.ReferenceName }),
		each(flat.WorkItems, func(w wit.WorkItemReference) any { return w.Id }))
	links, err := query("SELECT [System.Id] FROM WorkItemLinks WHERE Source.[System.WorkItemType] = 'Bug' AND [System.Links.LinkType] = 'System.LinkTypes.Hierarchy-Forward' MODE (MustContain)", nil)
	d.print("query of links", got(d, links, err).QueryType, each(links.WorkItemRelations, func(l wit.WorkItemLink) any {
		rel, source := "", 0
		if l.Source != nil {
			rel, source = *l.Rel, *l.Source.Id
		}
		return []any{rel, source, l.Target.Id}
	}))
	_, err = query("SELECT [System.Id] FROM WorkItems WHERE", nil)
	d.refused("query that is none", err)
}

func (d *day) comments(c wit.Client, bug int) {
	comment := func(text string) *wit.Comment {
		made, err := c.AddComment(d.context(), wit.AddCommentArgs{Project: project, WorkItemId: &bug, Request: &wit.CommentCreate{Text: &text}})
		return got(d, made, err)
	}
	made := comment("It came <b>back</b>.")
	d.print("comment", made.Text, made.Version, made.CreatedBy.DisplayName)
	second := comment("Wrong item")
	edited, err := c.UpdateComment(d.context(), wit.UpdateCommentArgs{Project: project, WorkItemId: &bug, CommentId: second.Id, Request: &wit.CommentUpdate{Text: new("Wrong item, sorry")}})
	d.print("edit a comment", got(d, edited, err).Version)
	list, err := c.GetComments(d.context(), wit.GetCommentsArgs{Project: project, WorkItemId: &bug, Top: new(10), IncludeDeleted: new(false), Order: &wit.CommentSortOrderValues.Asc})
	d.print("comments", got(d, list, err).TotalCount, each(list.Comments, func(c wit.Comment) any { return c.Text }))
	err = c.DeleteComment(d.context(), wit.DeleteCommentArgs{Project: project, WorkItemId: &bug, CommentId: second.Id})
	got(d, 0, err)
	list, err = c.GetComments(d.context(), wit.GetCommentsArgs{Project: project, WorkItemId: &bug})
	d.print("comments left", got(d, list, err).Count)
}
