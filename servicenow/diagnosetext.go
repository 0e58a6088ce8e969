package servicenow

import (
	"fmt"
	"strings"
	"time"
)

// String is the diagnosis for people, a line for the connection and one for each
// table, with advice. It holds no secret.
func (d Diagnosis) String() string {
	var b strings.Builder
	b.WriteString("connection: " + string(d.Finding))
	if d.User != "" {
		b.WriteString(" as " + d.User)
	}
	if d.Finding == FindingConnected && d.ClockKnown {
		switch {
		case d.ClockOffset.Abs() <= maxClockOffset:
			b.WriteString(", clocks agree")
		case d.ClockOffset > 0:
			b.WriteString(", its clock is " + d.ClockOffset.Round(time.Second).String() + " ahead")
		default:
			b.WriteString(", its clock is " + (-d.ClockOffset).Round(time.Second).String() + " behind")
		}
	}
	write(&b, d.Advice, d.Err)
	for _, t := range d.Tables {
		b.WriteString("\n" + t.String())
	}
	return b.String()
}

// String is the finding for people, in one line.
func (d TableDiagnosis) String() string {
	var b strings.Builder
	b.WriteString(d.Table + ": " + string(d.Finding))
	if d.Err == nil {
		fmt.Fprintf(&b, ", %d of %d rows looked at are visible", d.Visible, d.Sampled)
		if d.Total >= 0 {
			fmt.Fprintf(&b, ", %d in all", d.Total)
		}
		if len(d.Unproven) > 0 {
			b.WriteString(", nothing is known of " + strings.Join(d.Unproven, ", "))
		}
	}
	write(&b, d.Advice, d.Err)
	return b.String()
}

func write(b *strings.Builder, advice string, err error) {
	if advice != "" {
		b.WriteString(": " + advice)
	}
	if err != nil {
		b.WriteString(" (" + strings.ReplaceAll(err.Error(), "\n", "; ") + ")")
	}
}
