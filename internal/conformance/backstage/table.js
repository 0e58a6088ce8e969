// The six calls of the Table client that Backstage's ServiceNow module generates
// from ServiceNow's own OpenAPI document, and two that are refused. Prints one
// line a call: its name and the answer as JSON.
'use strict';
const path = require('node:path');

// The package exports its actions only, which bring half of Backstage along;
// the client is taken from its file.
const files = path.join(process.env.CLIENT_HOME,
  'node_modules/@backstage-community/plugin-scaffolder-backend-module-servicenow/dist/generated/now/table');
const { OpenAPI } = require(path.join(files, 'core/OpenAPI.cjs.js'));
const { ApiError } = require(path.join(files, 'core/ApiError.cjs.js'));
const { DefaultService: table } = require(path.join(files, 'services.cjs.js'));

OpenAPI.BASE = process.env.SERVICENOW_URL;
OpenAPI.USERNAME = process.env.SERVICENOW_USER;
OpenAPI.PASSWORD = process.env.SERVICENOW_PASSWORD;

const print = (name, value) => console.log(name, JSON.stringify(value ?? null));

// refused prints how the client understands an error.
async function refused(name, call) {
  try {
    print(name, await call);
  } catch (e) {
    if (!(e instanceof ApiError)) throw e;
    print(name, { status: e.status, message: e.message, body: e.body });
  }
}

async function main() {
  const tableName = 'incident';
  const fields = 'number,short_description,urgency,state,caller_id';

  const made = await table.postApiNowTableByTableName({
    tableName, sysparmFields: `${fields},sys_id`,
    requestBody: { short_description: 'No network on floor 3', urgency: '1', caller_id: process.env.CALLER },
  });
  print('create', made);
  const sysId = made.result.sys_id;

  print('get', await table.getApiNowTableByTableNameBySysId({
    tableName, sysId, sysparmFields: fields, sysparmDisplayValue: 'all', sysparmExcludeReferenceLink: true }));
  print('patch', await table.patchApiNowTableByTableNameBySysId({
    tableName, sysId, sysparmFields: fields, sysparmDisplayValue: 'true',
    requestBody: { urgency: '2', work_notes: 'Looking into it' } }));
  print('put', await table.putApiNowTableByTableNameBySysId({
    tableName, sysId, sysparmFields: fields, sysparmInputDisplayValue: true,
    requestBody: { short_description: 'No network on floors 3 and 4', state: 'In Progress' } }));
  print('list', await table.getApiNowTableByTableName({
    tableName, sysparmQuery: 'active=true^short_descriptionLIKEnetwork^ORDERBYDESCnumber', sysparmFields: fields,
    sysparmLimit: 2, sysparmNoCount: false, sysparmSuppressPaginationHeader: true }));
  print('delete', await table.deleteApiNowTableByTableNameBySysId({ tableName, sysId }));

  await refused('get what is gone', table.getApiNowTableByTableNameBySysId({ tableName, sysId }));
  await refused('list of no table', table.getApiNowTableByTableName({ tableName: 'no_such_table' }));
  OpenAPI.PASSWORD = 'wrong';
  await refused('wrong password', table.getApiNowTableByTableName({ tableName }));
}

main().catch((e) => {
  console.error(e);
  process.exitCode = 1;
});
