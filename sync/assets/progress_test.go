package assets_test

import (
	"bytes"
	"testing"

	"github.com/itsmkit/itsmkit/sync/assets"
)

func TestPrintProgress(t *testing.T) {
	steps := []assets.Progress{
		{Stage: assets.StageNetBox, Subject: "device", Done: 1000, Total: -1},
		{Stage: assets.StageNetBox, Subject: "device", Done: 1500, Total: 1500},
		{Stage: assets.StageApply, Subject: "acme", Done: 0, Total: 40},
		{Stage: assets.StageApply, Subject: "acme", Done: 10, Total: 40},
		{Stage: assets.StageApply, Subject: "acme", Done: 40, Total: 40},
	}
	for _, c := range []struct {
		name     string
		terminal bool
		want     string
	}{
		{"plain", false, "  read NetBox: device 1500\n  write CMDB: acme 40\n"},
		{"terminal", true, "" +
			"\r  read NetBox: device 1000" +
			"\r  [####################] read NetBox: device 1500\r" + spaces(49) + "\r" +
			"\r  [....................] write CMDB: acme 0 of 40" +
			"\r  [#####...............] write CMDB: acme 10 of 40" +
			"\r  [####################] write CMDB: acme 40      \r" + spaces(44) + "\r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			show := assets.PrintProgress(&b, c.terminal)
			for _, p := range steps {
				show(p)
			}
			if b.String() != c.want {
				t.Errorf("got  %q\nwant %q", b.String(), c.want)
			}
		})
	}
}

func spaces(n int) string { return string(bytes.Repeat([]byte{' '}, n)) }
