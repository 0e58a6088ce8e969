package cmdb_test

import (
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/cmdb"
)

func TestNoticeState(t *testing.T) {
	for _, c := range []struct {
		state          cmdb.NoticeState
		known, handled bool
	}{
		{"created", true, true},
		{"updated", true, true},
		{"deleted", true, true},
		{"cached", true, false},
		{"renamed", false, false},
		{"", false, false},
	} {
		t.Run("001-23 001-24 "+string(c.state), func(t *testing.T) {
			if c.state.Known() != c.known || c.state.Handled() != c.handled {
				t.Errorf("known %v, handled %v", c.state.Known(), c.state.Handled())
			}
		})
	}
}

func TestDependencyWindow(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	site := func(id int64) cmdb.Object { return cmdb.Object{Type: cmdb.TypeSite, ID: id} }
	notice := func(o cmdb.Object, state cmdb.NoticeState, age time.Duration) cmdb.Notice {
		return cmdb.Notice{Object: o, State: state, At: now.Add(-age)}
	}
	for _, c := range []struct {
		name    string
		window  cmdb.Window
		present bool
		notices []cmdb.Notice
		hit     bool
	}{
		{"001-25 nothing known", cmdb.Window{}, false, nil, false},
		{"001-25 the record is there", cmdb.Window{}, true, nil, true},
		{"001-25 created 4:59 ago", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "created", 299*time.Second)}, true},
		{"001-25 created 5:00 ago", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "created", 5*time.Minute)}, true},
		{"001-25 created 5:01 ago", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "created", 301*time.Second)}, false},
		{"001-25 a nanosecond past", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "created", 5*time.Minute+1)}, false},
		{"001-25 updated counts", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "updated", 0)}, true},
		{"001-25 cached counts", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "cached", 0)}, true},
		{"001-25 deleted does not", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "deleted", 0)}, false},
		{"001-25 an unknown state does not", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "renamed", 0)}, false},
		{"001-25 id 12 is not id 1", cmdb.Window{}, false, []cmdb.Notice{notice(site(12), "created", 0)}, false},
		{"001-25 another type", cmdb.Window{}, false, []cmdb.Notice{notice(cmdb.Object{Type: cmdb.TypeDevice, ID: 1}, "created", 0)}, false},
		{"001-25 a clock that runs ahead", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "created", -time.Minute)}, true},
		{"001-25 another window", cmdb.Window{LookBack: time.Minute}, false, []cmdb.Notice{notice(site(1), "created", 61*time.Second)}, false},
		{"001-25 a negative window is the default", cmdb.Window{LookBack: -1}, false, []cmdb.Notice{notice(site(1), "created", time.Minute)}, true},
		{"001-26 cached, then deleted: eligible when the window has passed", cmdb.Window{}, false, []cmdb.Notice{notice(site(1), "cached", 2*time.Minute), notice(site(1), "deleted", time.Minute)}, true},
		{"001-26 or at once, if so chosen", cmdb.Window{InvalidateOnDelete: true}, false, []cmdb.Notice{notice(site(1), "deleted", time.Minute), notice(site(1), "cached", 2*time.Minute)}, false},
		{"001-26 made again after the deletion", cmdb.Window{InvalidateOnDelete: true}, false, []cmdb.Notice{notice(site(1), "deleted", time.Minute), notice(site(1), "created", time.Second)}, true},
		{"001-26 in one moment the deletion counts", cmdb.Window{InvalidateOnDelete: true}, false, []cmdb.Notice{notice(site(1), "created", time.Second), notice(site(1), "deleted", time.Second)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.window.Check(site(1), now, c.present, c.notices)
			if got.Hit != c.hit || got.Detail == "" {
				t.Errorf("got %+v", got)
			}
		})
	}
}
