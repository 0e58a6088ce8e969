package assets_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

func TestLogging(t *testing.T) {
	w := smallWorld(t)
	w.change(t, "dcim/regions", "Switzerland", map[string]any{"tags": []any{}})
	w.insert(t, "core_company", map[string]string{"name": "Cisco"})
	w.insert(t, "core_company", map[string]string{"name": "Cisco"})
	levels := map[slog.Level]string{}
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelWarn} {
		var b bytes.Buffer
		w.flow.Logger = slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: level}))
		w.plan(t)
		levels[level] = b.String()
	}
	t.Run("001-40 the reason for every skip at debug level", func(t *testing.T) {
		if !strings.Contains(levels[slog.LevelDebug], `msg="evaluated as not valid and cannot be imported" component=assets.import object=site:1`) {
			t.Errorf("got %s", levels[slog.LevelDebug])
		}
	})
	t.Run("001-40 what is blocked at warn level, and nothing else", func(t *testing.T) {
		got := levels[slog.LevelWarn]
		if !strings.Contains(got, "msg=blocked component=assets.import object=manufacturer:1") || strings.Contains(got, "site:1") {
			t.Errorf("got %s", got)
		}
	})
	for _, secret := range []string{netboxtest.AdminTokenV2, servicenowtest.DefaultPassword + "@"} {
		if strings.Contains(levels[slog.LevelDebug], secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
