package reconcile

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// WriteText writes the plan for people: counts by type and class, then every
// operation with its changes as "field: from -> to" and its reason. Masked values
// are shown as (masked). The same plan gives the same text.
func (p *Plan) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "Plan: %s -> %s\nDigest: %s\n\n", plainText(p.Source), plainText(p.Target), p.Digest)
	p.writeCounts(out)
	titles := []string{"To apply, in this order", "To remove, in this order", "Skipped", "Blocked"}
	for section, title := range titles {
		p.writeSection(out, section, title)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("reconcile: write plan: %w", err)
	}
	return nil
}

func (p *Plan) writeCounts(out *bufio.Writer) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "type\tclass\tcreate\tupdate\tdelete\tretire\tskip\tblocked\tunchanged")
	row := func(typ, class string, c Count) {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n",
			plainText(typ), cmp.Or(plainText(class), "-"), c.Create, c.Update, c.Delete, c.Retire, c.Skip, c.Blocked, c.Unchanged)
	}
	for _, c := range p.Counts() {
		row(c.Type, c.Class, c)
	}
	row("total", "", p.Total())
	table.Flush()
}

func (p *Plan) writeSection(out *bufio.Writer, number int, title string) {
	begun := false
	for i := range p.Operations {
		op := &p.Operations[i]
		if section(op.Kind) != number {
			continue
		}
		if !begun {
			begun = true
			fmt.Fprintf(out, "\n%s:\n", title)
		}
		writeOperation(out, op)
	}
}

func writeOperation(out *bufio.Writer, op *Operation) {
	kind := string(op.Kind)
	if op.Wanted != "" {
		kind += " " + string(op.Wanted)
	}
	fmt.Fprintf(out, "  %s %s", kind, plainText(op.ID))
	if op.Name != "" {
		fmt.Fprintf(out, " %s", strconv.Quote(op.Name))
	}
	switch {
	case op.Class != "" && op.Target != "":
		fmt.Fprintf(out, " (%s %s)", plainText(op.Class), plainText(op.Target))
	case op.Class != "" || op.Target != "":
		fmt.Fprintf(out, " (%s)", plainText(op.Class+op.Target))
	}
	switch {
	case op.Code != "" && op.Reason != "":
		fmt.Fprintf(out, ": %s: %s", plainText(op.Code), plainText(op.Reason))
	case op.Code != "" || op.Reason != "":
		fmt.Fprintf(out, ": %s", plainText(op.Code+op.Reason))
	}
	fmt.Fprintln(out)
	for _, c := range op.Changes {
		fmt.Fprintf(out, "    %s", plainText(c.String()))
		if c.Reason != "" {
			fmt.Fprintf(out, "  (%s)", plainText(c.Reason))
		}
		fmt.Fprintln(out)
	}
}

// plainText quotes a text that would break the line or steer a terminal.
func plainText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}
