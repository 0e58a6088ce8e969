// Package assets moves assets between NetBox and the ServiceNow CMDB.
//
// [Import] is the flow from NetBox into the CMDB, in bulk: regions, sites,
// locations, manufacturers, device types, tenants and devices. It reads both
// sides, decides, and makes a plan; applying the plan is a step of its own, so
// that a plan can be reviewed first, or kept in a file and applied later:
//
//	flow := assets.Import{NetBox: nb, CMDB: sn}
//	plan, err := flow.Plan(ctx)      // writes nothing
//	summary, err := flow.Apply(ctx, plan)
//
// The second run over an unchanged estate writes nothing. A run that was cut off
// at any point is completed by the next one, and no record is made twice.
//
// On a schedule, [Import.RunSince] looks only at what NetBox has logged as changed since
// the [Checkpoint] of the run before.
//
// CIs go through the instance's identification engine, unless [ThroughTables] is
// chosen; locations, companies, models, departments and link rows are no CIs. With
// [ThroughImportSets] everything is staged in the nine import-set tables of the NetBox
// Labs app instead, and the instance's own transform maps write it; [ImportSets] says
// what the tables and their columns are called.
//
// [Realtime] brings single changes of a NetBox into the CMDB, as its webhooks tell of
// them: verified, validated, with what they need and no more, in whatever order they
// come. [Setup] makes a NetBox ready for that, and tells what the instance lacks.
//
// [Export] is the flow from the CMDB into NetBox, in bulk: flagged records and what
// they need are made, adopted where they are there already, brought up to date, and
// linked. [RealtimeExport] does so for single records, as events tell of them. Where
// flows run in both directions, [Owners] say which side is right about what. [Drift]
// measures how far the two sides are apart.
//
// [Events] is the flow from infrastructure events into the CMDB: one event at a
// time, verified, and written only where something differs.
//
// The rules are those of package cmdb; the plan and its application those of
// package reconcile. [CMDBSink] and [NetBoxSink] carry out operations and can be
// used by themselves.
package assets
