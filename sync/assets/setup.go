package assets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
)

// Setup makes a NetBox ready for the flows, and tells what a ServiceNow instance
// lacks for them. It never writes to ServiceNow: tables, columns, rules and choices
// are for the instance's own administrators.
type Setup struct {
	// Import is what the flows will run with: its clients, types, tags, link, data
	// source and path decide what is looked for. NetBox and CMDB are needed.
	Import Import
	// Classes are offered for devices in NetBox. Nil means cmdb.DefaultClasses.
	// Choices that are there already stay.
	Classes *cmdb.Classes
	// Webhook is the address that NetBox calls for Realtime: give Name, PayloadURL
	// and Secret. Without a name, no webhook and no event rule are made.
	Webhook netbox.WebhookWrite
}

// SetupReport is what Setup found and made.
type SetupReport struct {
	// NetBox is what NetBox has now, and what of it was made.
	NetBox netbox.Provisioned
	// Findings are what the instance lacks, the most pressing first.
	Findings []SetupFinding
}

// SetupFinding is something that the instance lacks.
type SetupFinding struct {
	// Subject is what it is about: a table, a rule, a choice.
	Subject string
	// Needed says that the flows cannot run without it.
	Needed bool
	// Problem says what is missing, Remedy what an administrator can do.
	Problem, Remedy string
}

// String gives the finding on one line.
func (f SetupFinding) String() string {
	kind := "note"
	if f.Needed {
		kind = "needed"
	}
	return fmt.Sprintf("%s: %s: %s: %s", kind, f.Subject, f.Problem, f.Remedy)
}

// Ready reports whether nothing is missing that the flows need.
func (r SetupReport) Ready() bool {
	return !slices.ContainsFunc(r.Findings, func(f SetupFinding) bool { return f.Needed })
}

// WriteText writes the report for people, a line for each thing.
func (r SetupReport) WriteText(w io.Writer) error {
	var errs []error
	line := func(format string, args ...any) {
		_, err := fmt.Fprintf(w, format+"\n", args...)
		errs = append(errs, err)
	}
	for _, made := range r.NetBox.Written {
		line("NetBox: %s", made)
	}
	if len(r.NetBox.Written) == 0 {
		line("NetBox: nothing to do")
	}
	for _, f := range r.Findings {
		line("ServiceNow: %s", f)
	}
	if len(r.Findings) == 0 {
		line("ServiceNow: nothing is missing")
	}
	return errors.Join(errs...)
}

// Run makes in NetBox what is missing there (tags, custom field with its choices,
// webhook and event rule), and then checks the instance. It may run at every start:
// where all is as it should be, it writes nothing. What was done until an error is
// in the report.
func (s Setup) Run(ctx context.Context) (SetupReport, error) {
	var report SetupReport
	full, err := s.Import.complete()
	if err != nil {
		return report, err
	}
	if report.NetBox, err = full.NetBox.Provision(ctx, s.provisioning(full)); err != nil {
		return report, fmt.Errorf("assets: setup: NetBox: %w", err)
	}
	report.Findings, err = s.check(ctx, full)
	return report, err
}

// Check looks at the instance alone, and writes nothing at all.
func (s Setup) Check(ctx context.Context) ([]SetupFinding, error) {
	full, err := s.Import.complete()
	if err != nil {
		return nil, err
	}
	return s.check(ctx, full)
}

// provisioning is what NetBox is to have.
func (s Setup) provisioning(full Import) netbox.Provisioning {
	classes := cmdb.DefaultClasses()
	if s.Classes != nil {
		classes = s.Classes.All()
	}
	choices := make([]netbox.Choice, len(classes))
	for n, c := range classes {
		choices[n] = netbox.Choice{Value: c.Table, Label: c.Label}
	}
	p := netbox.ServiceNowProvisioning(choices, s.Webhook)
	for _, slug := range full.Tags {
		if slug != cmdb.SyncTagSlug {
			p.Tags = append(p.Tags, netbox.TagWrite{Name: netbox.Set(slug), Slug: netbox.Set(slug)})
		}
	}
	if name, ok := s.Webhook.Name.Get(); ok && name != "" {
		p.EventRule.ObjectTypes = netbox.Set(objectTypes(full))
	}
	return p
}

// objectTypes are the NetBox types of what is imported.
func objectTypes(full Import) []string {
	r := run{Import: full}
	var types []string
	for _, name := range []string{
		"dcim.region", "dcim.site", "dcim.location", "dcim.manufacturer", "dcim.devicetype", "tenancy.tenant", "dcim.device",
	} {
		if typ, _ := typeOf(name); r.handles(typ) {
			types = append(types, name)
		}
	}
	return types
}

// check looks for what the flows need of the instance.
func (s Setup) check(ctx context.Context, full Import) ([]SetupFinding, error) {
	diagnosis, err := full.CMDB.Diagnose(ctx, tablesFor(full))
	if err != nil {
		return nil, fmt.Errorf("assets: setup: %w", err)
	}
	if diagnosis.Finding != servicenow.FindingConnected {
		return []SetupFinding{{"the connection", true, string(diagnosis.Finding), diagnosis.Advice}}, nil
	}
	var found []SetupFinding
	for _, t := range diagnosis.Tables {
		found = append(found, tableFinding(t)...)
	}
	more, err := ruleFindings(ctx, full)
	if err != nil {
		return nil, fmt.Errorf("assets: setup: %w", err)
	}
	found = append(found, more...)
	if more, err = stagingFindings(ctx, full); err != nil {
		return nil, fmt.Errorf("assets: setup: %w", err)
	}
	found = append(found, more...)
	slices.SortStableFunc(found, func(a, b SetupFinding) int {
		switch {
		case a.Needed == b.Needed:
			return 0
		case a.Needed:
			return -1
		}
		return 1
	})
	return found, nil
}
