package assets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/servicenow"
)

// tablesFor are the tables and columns that the flows read and write.
func tablesFor(full Import) (checks []servicenow.TableCheck) {
	r := newRun(full)
	if l := full.Link; !l.onRecord() {
		checks = append(checks, servicenow.TableCheck{Table: l.Table, Fields: l.readColumns()[1:]})
	}
	for _, t := range targets {
		if slices.ContainsFunc(t.types, full.imports) {
			checks = append(checks, servicenow.TableCheck{Table: r.tableOf(t), Fields: r.columns(t)[1:]})
		}
	}
	return checks
}

// tableFinding is what a table lacks.
func tableFinding(t servicenow.TableDiagnosis) (found []SetupFinding) {
	add := func(problem, remedy string) {
		found = append(found, SetupFinding{"table " + t.Table, true, problem, remedy})
	}
	switch t.Finding {
	case servicenow.FindingReadable, servicenow.FindingEmpty:
	case servicenow.FindingFieldsMissing:
		if len(t.Unknown) > 0 {
			add("it has no column "+strings.Join(t.Unknown, ", "), "add the columns, or name other ones in Import.Link")
		}
		if len(t.Unreadable) > 0 {
			add("the user may not read "+strings.Join(t.Unreadable, ", "), "grant the user read access to the columns")
		}
	case servicenow.FindingTableMissing:
		remedy := "activate what brings the table"
		if t.Table == cmdb.AttributesTable {
			remedy = "install the NetBox Labs app, or keep the links elsewhere: Link{Table, Columns} or Link{Field: \"correlation_id\"}"
		}
		add("there is no such table", remedy)
	case servicenow.FindingRowsHidden:
		add(fmt.Sprintf("the user sees %d rows of %d", t.Visible, t.Sampled), "grant the user read access to all rows: what cannot be seen would be made again")
	default:
		add(string(t.Finding), t.Advice)
	}
	return found
}

// linkPriority is where the NetBox id stands among the rules for hardware: after the
// serial number, before the name (001-34).
const linkPriority = 250

// ruleFindings are what identification lacks.
func ruleFindings(ctx context.Context, full Import) ([]SetupFinding, error) {
	if !full.imports(cmdb.TypeDevice) || full.Through != ThroughIdentification {
		return nil, nil
	}
	var found []SetupFinding
	add := func(subject string, needed bool, problem, remedy string) {
		found = append(found, SetupFinding{subject, needed, problem, remedy})
	}
	r := newRun(full)
	if err := r.checkIdentification(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		add("identification", true, err.Error(), "see the problem, or write CIs by ThroughTables")
	}
	meta, err := full.CMDB.CMDB.Meta(ctx, configurationItems.table)
	switch {
	case ctx.Err() != nil:
		return nil, err
	case errors.Is(err, servicenow.ErrForbidden):
		add("identification rule", false, "the user may not read the rules of "+configurationItems.table, "grant the user the role itil, to have them checked")
		return found, nil
	case err != nil:
		add("identification rule", false, "it cannot be read: "+err.Error(), "see to it by hand that "+configurationItems.table+" has a rule for the NetBox id at 250")
		return found, nil //nolint:nilerr // a finding like the others, told in its words
	case meta.Rule.Name == "":
		add("identification rule", true, configurationItems.table+" has none that applies", "add one for serial number and name")
		return found, nil
	case full.Link.onRecord():
		return found, nil
	}
	at := slices.IndexFunc(meta.Rule.Entries, func(e servicenow.IdentifierEntry) bool {
		return e.Table == full.Link.Table && slices.Contains(e.Attributes, full.Link.Columns.ID)
	})
	subject := fmt.Sprintf("identification rule %q", meta.Rule.Name)
	remedy := fmt.Sprintf("add a lookup by %s and %s of %s, with %s for the CI, at %d: CIs are then found by their NetBox id after the serial number and before the name, and link rows travel with their CIs",
		full.Link.Columns.ID, full.Link.Columns.Class, full.Link.Table, full.Link.Columns.Record, linkPriority)
	if at < 0 {
		add(subject, false, "it does not look CIs up by their NetBox id", remedy)
		return found, nil
	}
	entry := meta.Rule.Entries[at]
	if entry.Order != linkPriority {
		add(subject, false, fmt.Sprintf("its entry for the NetBox id stands at %d", entry.Order), fmt.Sprintf("give it the order %d, after the serial number and before the name", linkPriority))
	}
	if !slices.Contains(entry.Attributes, full.Link.Columns.Class) {
		add(subject, false, "its entry for the NetBox id leaves "+full.Link.Columns.Class+" out", "add the column: NetBox ids are unique within a type only, so that site 5 would be taken for device 5")
	}
	return found, nil
}
