package conflict_test

import (
	"math"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/sync/conflict"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func ms(n int) time.Time { return noon.Add(time.Duration(n) * time.Millisecond) }

func TestWindow(t *testing.T) {
	second := conflict.Clock{Granularity: time.Second}
	for _, c := range []struct {
		name               string
		window             conflict.Window
		platform, external time.Time
		simultaneous       bool
		later              mapping.Owner
	}{
		{"002-12 5.000 s is in", conflict.Window{}, ms(5000), ms(0), true, mapping.Platform},
		{"002-12 5.001 s is out", conflict.Window{}, ms(5001), ms(0), false, mapping.Platform},
		{"002-12 the other side later, in", conflict.Window{}, ms(0), ms(5000), true, mapping.External},
		{"002-12 the other side later, out", conflict.Window{}, ms(0), ms(5001), false, mapping.External},
		{"002-12 one time", conflict.Window{}, ms(0), ms(0), true, mapping.NoOwner},
		{"002-12 another width, in", conflict.Window{Width: time.Minute}, ms(60000), ms(0), true, mapping.Platform},
		{"002-12 another width, out", conflict.Window{Width: time.Minute}, ms(60001), ms(0), false, mapping.Platform},
		{"002-12 no width, one time", conflict.Window{Width: -1}, ms(0), ms(0), true, mapping.NoOwner},
		{"002-12 no width, two times", conflict.Window{Width: -1}, ms(1), ms(0), false, mapping.Platform},
		{"002-12 no time of the platform", conflict.Window{}, time.Time{}, ms(0), true, mapping.NoOwner},
		{"002-12 no time of the external side", conflict.Window{}, ms(0), time.Time{}, true, mapping.NoOwner},
		{"002-13 whole seconds widen the window, in", conflict.Window{External: second}, ms(6000), ms(0), true, mapping.Platform},
		{"002-13 whole seconds widen the window, out", conflict.Window{External: second}, ms(6001), ms(0), false, mapping.Platform},
		{"002-13 both clocks widen it, in", conflict.Window{Platform: second, External: second}, ms(7000), ms(0), true, mapping.Platform},
		{"002-13 both clocks widen it, out", conflict.Window{Platform: second, External: second}, ms(8000), ms(0), false, mapping.Platform},
		{"002-13 within the same second nobody is later", conflict.Window{External: second}, ms(999), ms(0), true, mapping.NoOwner},
		{"002-13 a second later is later", conflict.Window{External: second}, ms(1000), ms(0), true, mapping.Platform},
		{"002-13 a cut stamp that is greater is later", conflict.Window{External: second}, ms(999), ms(1000), true, mapping.External},
		{"002-13 the platform's seconds", conflict.Window{Platform: second}, ms(0), ms(999), true, mapping.NoOwner},
		{"002-13 the platform's seconds, later", conflict.Window{Platform: second}, ms(0), ms(1000), true, mapping.External},
		{"002-13 a clock that is ahead does not win", conflict.Window{External: conflict.Clock{Offset: time.Minute}}, ms(3000), ms(62000), true, mapping.Platform},
		{"002-13 a clock that is behind does not lose", conflict.Window{Platform: conflict.Clock{Offset: -time.Minute}}, ms(0), ms(54000), false, mapping.Platform},
		{"002-13 a negative granularity is none", conflict.Window{Platform: conflict.Clock{Granularity: -time.Hour}}, ms(5000), ms(0), true, mapping.Platform},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.window.Judge(c.platform, c.external)
			if got.Simultaneous != c.simultaneous || got.Later != c.later || got.Known == (c.platform.IsZero() || c.external.IsZero()) {
				t.Errorf("got %+v", got)
			}
			swapped := conflict.Window{Width: c.window.Width, Platform: c.window.External, External: c.window.Platform}.Judge(c.external, c.platform)
			if swapped.Simultaneous != got.Simultaneous || swapped.Later != got.Later.Other() || swapped.Apart != got.Apart {
				t.Errorf("swapped %+v", swapped)
			}
		})
	}
	if conflict.DefaultWidth != 5*time.Second {
		t.Error(conflict.DefaultWidth)
	}
}

func FuzzWindow(f *testing.F) {
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0))
	f.Add(int64(math.MinInt64), int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MaxInt64), int64(math.MinInt64), int64(1))
	f.Fuzz(func(t *testing.T, p, e, width, stepP, stepE, offP, offE int64) {
		w := conflict.Window{
			Width:    time.Duration(width),
			Platform: conflict.Clock{Granularity: time.Duration(stepP), Offset: time.Duration(offP)},
			External: conflict.Clock{Granularity: time.Duration(stepE), Offset: time.Duration(offE)},
		}
		got := w.Judge(time.Unix(p, 0), time.Unix(e, 0))
		if got.Apart < 0 || !got.Simultaneous && got.Known && got.Later == mapping.NoOwner {
			t.Errorf("002-12 got %+v", got)
		}
	})
}
