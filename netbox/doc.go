// Package netbox is a client for NetBox, one for every release from 3.7 to 4.7.
//
// [New] takes a [Config] and gives a [Client], whose services are grouped as
// NetBox's own API is: client.DCIM.Devices, client.Tenancy.Tenants,
// client.Extras.Tags. Each is a [Resource] with the same verbs: List, All, Get,
// Create, Update, Replace, Delete, Count, BulkCreate, BulkUpdate, BulkDelete.
// [ResourceOf] gives the same for any endpoint without a service of its own,
// [Client.Do] sends anything else.
//
// Reading: All is an iterator that keeps one page in memory, loses and repeats
// no row while others write, and survives a server that delivers fewer rows
// than asked for. A [Query] selects with a filter struct ([DeviceFilter], ...)
// and names the Fields to read. NetBox ignores filters that it does not know
// and answers with the whole table; here an unknown name or an empty value is
// an error before anything is sent. Values that a release adds, relabels or
// leaves out never break decoding.
//
// Writing: a write struct with [Opt] fields, in which unset, null, zero and a
// value are four different things, or a map. Relations are ids, choices bare
// values. There is no update or delete by filter. UpdateDiff sends only what
// differs, Upsert creates or adopts by natural key, CreateMany and its like take
// any number of objects, Provision sets up what an integration needs. InBackground
// hands a bulk write to NetBox (4.7), [Client.WaitJob] waits for it.
//
// Following: ParseEvent reads webhooks, [Client.Changes] the change log.
//
// Failures are *[Error]; errors.Is tells kinds apart ([ErrNotFound],
// [ErrUnauthorized], [ErrDuplicate], [ErrProtected], ...). NetBox answers 403 to
// a bad token and to a missing permission alike; they are told apart here.
// Reads and writes with absolute values are repeated after faults, creates only
// where NetBox provably did not act.
package netbox
