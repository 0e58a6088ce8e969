// A day in an organization with Microsoft's client for Node. Prints one line a
// step, its name and what was answered, the same as the client for Go does.
'use strict';
const path = require('node:path');
const { Readable } = require('node:stream');
const { text } = require('node:stream/consumers');

const home = path.join(process.env.CLIENT_HOME, 'node_modules/azure-devops-node-api');
const ado = require(home);
const { WorkItemExpand, WorkItemErrorPolicy, CommentSortOrder, QueryType } = require(path.join(home, 'interfaces/WorkItemTrackingInterfaces'));
const { BuildStatus, BuildResult } = require(path.join(home, 'interfaces/BuildInterfaces'));
const { ApprovalStatus, EnvironmentStatus } = require(path.join(home, 'interfaces/ReleaseInterfaces'));

const project = process.env.PROJECT;
const print = (name, ...values) => console.log(name, JSON.stringify(values));
// The interfaces call values "InProgress", the service "inProgress".
const word = (names, value) => names[value][0].toLowerCase() + names[value].slice(1);
const add = (name, value) => ({ op: 'add', path: `/fields/${name}`, value });

// refused prints how the client understands an error. What does not exist is
// null for it.
async function refused(name, call) {
  try {
    const value = await call;
    print(name, value === null ? 404 : value);
  } catch (e) {
    print(name, e.statusCode, e.message, e.result.typeKey);
  }
}

// call sends what the client has no method for, as its own methods do: approvals
// of pipelines and service hooks.
async function call(client, verb, version, area, location, route, query, body) {
  const where = await client.vsoClient.getVersioningData(version, area, location, route, query);
  const options = client.createRequestOptions('application/json', where.apiVersion);
  const args = body === undefined ? [options] : [body, options];
  const answer = await client.rest[verb](where.requestUrl, ...args);
  return client.formatResponse(answer.result, null, Array.isArray(answer.result?.value));
}

async function main() {
  const api = new ado.WebApi(process.env.AZDEVOPS_URL, ado.getPersonalAccessTokenHandler(process.env.AZDEVOPS_TOKEN));
  print('connect', (await api.connect()).authenticatedUser.providerDisplayName);
  print('project', (await (await api.getCoreApi()).getProject(project)).name);
  await workItems(await api.getWorkItemTrackingApi());
  await builds(await api.getBuildApi());
  await releases(await api.getReleaseApi());
  await hooks(await api.getPipelinesApi());
}

async function workItems(wit) {
  const show = (name, w) => print(name, w.id, w.rev, w.fields['System.WorkItemType'], w.fields['System.Title'], w.fields['System.State'],
    w.fields['System.Tags'] ?? '', w.fields['System.AssignedTo']?.displayName ?? '', w.fields['Custom.ServiceNowId'] ?? '');

  const bug = await wit.createWorkItem(null, [add('System.Title', 'Basket is empty "again"'), add('System.Tags', 'ServiceNow; shop'),
    add('Custom.ServiceNowId', 'INC0010001')], project, 'Bug');
  show('create', bug);
  const task = await wit.createWorkItem(null, [add('System.Title', 'Mend the basket'),
    { op: 'add', path: '/relations/-', value: { rel: 'System.LinkTypes.Hierarchy-Reverse', url: bug.url, attributes: { comment: 'Found by Ada' } } }], project, 'Task');
  show('create with a parent', task);
  show('create a third', await wit.createWorkItem(null, [add('System.Title', 'By mistake')], project, 'Task'));
  await refused('create without a title', wit.createWorkItem(null, [add('System.Tags', 'x')], project, 'Bug'));

  const change = [{ op: 'test', path: '/rev', value: bug.rev }, add('System.State', 'Active'), add('System.AssignedTo', 'ada@example.com')];
  show('update', await wit.updateWorkItem(null, change, bug.id, project));
  await refused('conflict', wit.updateWorkItem(null, change, bug.id, project));
  await refused('no such state', wit.updateWorkItem(null, [add('System.State', 'Broken')], bug.id, project));
  show('update without a project', await wit.updateWorkItem(null, [add('System.State', 'Resolved')], bug.id));

  const whole = await wit.getWorkItem(task.id, null, null, WorkItemExpand.Relations, project);
  print('get', whole.id, whole.relations.map((r) => [r.rel, r.attributes.comment]));
  const some = await wit.getWorkItem(bug.id, ['System.Id', 'System.Title']);
  print('get fields', Object.keys(some.fields).sort());
  show('get as it was', await wit.getWorkItem(bug.id, null, new Date(bug.fields['System.ChangedDate'])));
  await refused('get what is not there', wit.getWorkItem(4711));
  print('list', (await wit.getWorkItems([2, 1], ['System.Title'])).map((w) => [w.id, w.fields['System.Title']]));
  const many = await wit.getWorkItemsBatch({ ids: [3, 4711, 1], fields: ['System.Title', 'System.State'], errorPolicy: WorkItemErrorPolicy.Omit }, project);
  print('batch', many.filter((w) => w).map((w) => [w.id, w.fields['System.State']]));
  await refused('batch that must be whole', wit.getWorkItemsBatch({ ids: [1, 4711], errorPolicy: WorkItemErrorPolicy.Fail }, project));

  const team = { project };
  const flat = await wit.queryByWiql({ query: "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND [System.State] <> 'Resolved' ORDER BY [System.Id] DESC" }, team, false, 10);
  print('query', word(QueryType, flat.queryType), flat.columns.map((c) => c.referenceName), flat.workItems.map((w) => w.id));
  const links = await wit.queryByWiql({ query: "SELECT [System.Id] FROM WorkItemLinks WHERE Source.[System.WorkItemType] = 'Bug' AND [System.Links.LinkType] = 'System.LinkTypes.Hierarchy-Forward' MODE (MustContain)" }, team);
  print('query of links', word(QueryType, links.queryType), links.workItemRelations.map((l) => [l.rel ?? '', l.source?.id ?? 0, l.target.id]));
  await refused('query that is none', wit.queryByWiql({ query: 'SELECT [System.Id] FROM WorkItems WHERE' }, team));

  const made = await wit.addComment({ text: 'It came <b>back</b>.' }, project, bug.id);
  print('comment', made.text, made.version, made.createdBy.displayName);
  const second = await wit.addComment({ text: 'Wrong item' }, project, bug.id);
  print('edit a comment', (await wit.updateComment({ text: 'Wrong item, sorry' }, project, bug.id, second.id)).version);
  const comments = await wit.getComments(project, bug.id, 10, null, false, null, CommentSortOrder.Asc);
  print('comments', comments.totalCount, comments.comments.map((c) => c.text));
  await wit.deleteComment(project, bug.id, second.id);
  print('comments left', (await wit.getComments(project, bug.id)).count);

  const file = await wit.createAttachment({}, Readable.from(['basket: ', 'no items']), 'log of the shop.txt', null, project);
  print('attachment', await text(await wit.getAttachmentContent(file.id, 'log of the shop.txt', project)));

  print('updates', (await wit.getUpdates(bug.id, null, null, project)).map((u) => [u.rev, u.fields?.['System.State']?.newValue ?? '']));
  print('states', (await wit.getWorkItemTypeStates(project, 'Bug')).map((s) => [s.name, s.category]));
  print('delete', (await wit.deleteWorkItem(3, project)).id);
  await refused('get what is deleted', wit.getWorkItem(3));
}

async function builds(build) {
  const definitions = await build.getDefinitions(project, 'shop');
  print('definitions', definitions.map((d) => d.name));
  const queued = await build.queueBuild({ definition: { id: definitions[0].id }, sourceBranch: 'refs/heads/main' }, project);
  print('queue', queued.id, queued.buildNumber, word(BuildStatus, queued.status));
  print('tag', await build.addBuildTag(project, queued.id, 'CHG0030001'));

  let waiting;
  while (!(waiting = await approvals(build)).length);
  print('approvals', waiting.map((a) => [a.status, a.instructions, a.minRequiredApprovers, a.steps.map((s) => [s.assignedApprover.displayName, s.status])]));
  print('builds in progress', (await list(build, BuildStatus.InProgress)).map((b) => b.id));
  const decided = await call(build, 'update', '7.1-preview.1', 'pipelines', '37794717-f36f-4d78-b2bf-4dc30d0cfbcd', { project }, undefined,
    [{ approvalId: waiting[0].id, status: 'approved', comment: 'CHG0030001 is implemented' }]);
  print('approve', decided.map((a) => a.status));
  await refused('approve again', call(build, 'update', '7.1-preview.1', 'pipelines', '37794717-f36f-4d78-b2bf-4dc30d0cfbcd', { project }, undefined,
    [{ approvalId: waiting[0].id, status: 'approved' }]).catch((e) => { e.message = e.message.replace(waiting[0].id, '<approval>'); throw e; }));

  let done;
  while ((done = await build.getBuild(project, queued.id)).status !== BuildStatus.Completed);
  print('build', word(BuildResult, done.result), done.definition.name, done.requestedFor.displayName, done.tags);
  print('builds completed', (await list(build, BuildStatus.Completed)).map((b) => b.id));
  const timeline = await build.getBuildTimeline(project, queued.id);
  print('timeline', timeline.records.filter((r) => r.type === 'Stage').sort((a, b) => a.order - b.order).map((r) => r.name));
  await refused('no such build', build.getBuild(project, 4711));
}

const list = (build, status) => build.getBuilds(project, [1], null, null, null, null, null, null, status);

const approvals = (client) => call(client, 'get', '7.1-preview.1', 'pipelines', '37794717-f36f-4d78-b2bf-4dc30d0cfbcd', { project }, { $expand: 'steps' });

async function releases(release) {
  const made = await release.createRelease({ definitionId: 1, description: 'By hand' }, project);
  print('release', made.id, made.name, made.environments.map((e) => [e.name, word(EnvironmentStatus, e.status)]));
  const waiting = await release.getApprovals(project, null, ApprovalStatus.Pending);
  print('approvals of releases', waiting.map((a) => [a.id, word(ApprovalStatus, a.status), a.approver.displayName, a.releaseEnvironment.name]));
  const decided = await release.updateReleaseApproval({ status: ApprovalStatus.Approved, comments: 'CHG0030001 is implemented' }, project, waiting[0].id);
  print('approve a release', word(ApprovalStatus, decided.status), decided.comments, decided.approvedBy.displayName);
  let stage;
  while ((stage = (await release.getRelease(project, made.id)).environments[0]).status === EnvironmentStatus.InProgress);
  print('released', word(EnvironmentStatus, stage.status));
}

async function hooks(client) {
  const version = '7.1-preview.1', area = 'hooks', location = 'fc50d02a-849f-41fb-8af1-0a5216103269';
  const made = await call(client, 'create', version, area, location, {}, undefined, {
    publisherId: 'tfs', eventType: 'workitem.updated', resourceVersion: '1.0', consumerId: 'webHooks', consumerActionId: 'httpRequest',
    publisherInputs: { workItemType: 'Bug' },
    consumerInputs: { url: 'https://itsm.example/hooks', basicAuthUsername: 'ado', basicAuthPassword: 'not-for-you' },
  });
  const show = (name, s) => print(name, s.eventType, s.status, s.consumerInputs.url, s.consumerInputs.basicAuthPassword);
  show('subscribe', made);
  show('subscription', await call(client, 'get', version, area, location, { subscriptionId: made.id }));
  print('subscriptions', (await call(client, 'get', version, area, location, {}, { publisherId: 'tfs' })).length);
  await refused('subscribe to nothing', call(client, 'create', version, area, location, {}, undefined,
    { publisherId: 'tfs', eventType: 'workitem.eaten', consumerId: 'webHooks', consumerActionId: 'httpRequest' }));
  await call(client, 'del', version, area, location, { subscriptionId: made.id });
  print('subscriptions left', (await call(client, 'get', version, area, location, {})).length);
}

main().catch((e) => { console.error(e); process.exitCode = 1; });
