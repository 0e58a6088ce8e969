// Package netboxtest is a NetBox in memory, for tests and trials: an
// http.Handler that answers as a real NetBox of any version of Versions (3.7 to 4.7)
// does, quirks included. Unknown filters give the whole table, a select custom
// field reads as a text up to 4.6 and as an object from 4.7 on, a cursor is
// ignored in silence before 4.6, a page is never longer than MAX_PAGE_SIZE.
//
// It holds regions, site groups, sites, locations, racks, manufacturers,
// device types, device roles, platforms, devices, tenant groups, tenants,
// tags, custom fields and their choice sets, interfaces, MAC addresses, cables,
// module types, inventory items, virtual chassis, power panels and feeds, VRFs,
// VLANs and their groups, prefixes, IP ranges and addresses and services, with
// what is free among them, clusters, virtual machines, their interfaces and disks,
// contacts and their assignments, journal entries, config contexts (rendered on
// devices and virtual machines), users, tokens, data sources, object types and
// background jobs, and NetBox's own rules:
// unique names and their texts by version, protected deletes, trees, custom
// field validation, tags, permissions, ETags, bulk writes that land whole or
// not at all, and the change log.
//
// New makes a server without a socket, reached through Client or Transport;
// NewServer listens on loopback until the test ends. Tests read and write rows
// directly with Create, Update, Delete, Object, Objects and Count, keep states
// with Snapshot and Restore, and fill a server with Estate, SmallEstate or
// Load, which takes objects as a real NetBox's API lists them. Fail scripts
// faults, Journal tells what was asked.
//
// Event rules ask for webhooks, which wait until Deliver sends them, signed and
// in the shape of the version; SetUnreliable loses, doubles and reorders them,
// Deliveries tells what became of each.
//
// What 4.7 does was recorded from a real NetBox 4.7.3 and is compared with one
// (testdata/recorded, testdata/queries.txt); what the older versions do follows
// NetBox's source (testdata/transcripts says where from). Not modelled: types
// beyond those above (their counts read 0), texts in other languages, Jinja2
// beyond {{ names }} in webhooks, and help texts and nested fields of OPTIONS.
//
// A background job begins with the next request after the one that asked for
// it, and is done with the one after that: who polls sees it running first.
//
// Everything is deterministic: ids count from 1, request ids are the same in
// every run, and no two time stamps are equal even when the clock stands still.
package netboxtest
