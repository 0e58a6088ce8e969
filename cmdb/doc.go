// Package cmdb decides what a record is in a ServiceNow CMDB: which class it
// has, which record it means, and whether it may travel.
//
// Everything here is pure: no I/O, no clock, no goroutines. A function is given
// facts and answers with a value, what decided and a reason in words, for every
// input. Facts are plain structs, so that they can come from a NetBox client, a
// file or a test. The tables are data: see [DefaultClasses], [RoleKeywords],
// [ObjectTypes], [TenantPresets], [HardwareRules], [FoundationRules],
// [DefaultRelationTypes] and [ComplianceRules].
//
//   - [Classifier] gives a device its CI class. Real time is strict: only the
//     device's own field counts. Bulk falls back to keywords in the device role.
//   - [Locations] tells Regions, Sites and Locations apart in one tree of
//     ServiceNow locations, and [Tenants] customers from departments.
//   - [Identifier] finds the record that a source record means: by rules alone
//     as ServiceNow's identification engine does, or with links first. [Claims]
//     finds records that two sources want.
//   - [TagCheck] lets an object pass only when all that it needs is tagged too,
//     and [ImportOrder] says which types come first.
//   - [Attributes] is the row that keeps the link between a record and NetBox, and
//     [Migrator] makes such rows of what release 1.x kept elsewhere.
//   - [Authority] says which source may write which attribute; without rules every
//     source may. [Relations] says and checks how CIs stand to one another, and
//     [Compliance] what is wrong with them.
//   - [FromEvent] makes a CI of an infrastructure event, and [Repositories] finds the
//     CI that a deployment changes.
package cmdb
