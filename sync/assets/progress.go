package assets

import (
	"fmt"
	"io"
	"strings"
)

// Progress is how far a flow has come.
type Progress struct {
	// Stage is StageCMDB, StageNetBox, StageApply or StageExport.
	Stage string
	// Subject is what is being read or written: a table or an object type.
	Subject string
	// Done counts records; Total is how many there are, -1 when that is unknown.
	Done, Total int
}

// The stages of a flow.
const (
	StageCMDB   = "read CMDB"
	StageNetBox = "read NetBox"
	StageApply  = "write CMDB"
	StageExport = "write NetBox"
)

// Finished reports whether the subject is done with.
func (p Progress) Finished() bool { return p.Done == p.Total }

// String gives the progress on one line, such as "read NetBox: device 2000".
func (p Progress) String() string {
	if p.Total > 0 && !p.Finished() {
		return fmt.Sprintf("%s: %s %d of %d", p.Stage, p.Subject, p.Done, p.Total)
	}
	return fmt.Sprintf("%s: %s %d", p.Stage, p.Subject, p.Done)
}

// PrintProgress returns a function for Import.Progress that writes to w: on a
// terminal one line that is drawn anew, with a bar where the total is known;
// elsewhere a plain line for each subject that is done with. Errors of w are
// ignored. The function is not safe for concurrent use, and a flow does not use
// it so.
func PrintProgress(w io.Writer, terminal bool) func(Progress) {
	drawn := 0
	var last Progress
	return func(p Progress) {
		if p == last {
			return
		}
		last = p
		switch {
		case terminal:
			line := "  " + p.String()
			if p.Total > 0 {
				line = "  " + bar(p.Done, p.Total) + " " + p.String()
			}
			_, _ = fmt.Fprint(w, "\r", line, strings.Repeat(" ", max(0, drawn-len(line))))
			drawn = len(line)
			if p.Finished() {
				_, _ = fmt.Fprint(w, "\r", strings.Repeat(" ", drawn), "\r")
				drawn = 0
			}
		case p.Finished() && p.Done > 0:
			_, _ = fmt.Fprintln(w, "  "+p.String())
		}
	}
}

const barWidth = 20

func bar(done, total int) string {
	full := min(barWidth, done*barWidth/total)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "]"
}
