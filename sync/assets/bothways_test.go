package assets_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/mapping"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/netbox/netboxtest"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
	"github.com/itsmkit/itsmkit/sync/assets"
	"github.com/itsmkit/itsmkit/sync/webhook"
)

const flowToken = "nbt_FlowFlowFl01.0123456789abcdefghijklmnopqrstuvwxyzFLOW"

// pairing is a NetBox and a CMDB that both people edit, with flows in both directions
// and webhooks on both sides.
type pairing struct {
	*outWorld
	in      assets.Import
	arrive  *assets.Realtime
	leave   *assets.RealtimeExport
	chance  *rand.Rand
	estate  outEstate
	count   int
	again   []func() error // events that may work later
	handled int            // events
	written int            // by events, since it was last set to 0
	moved   int            // by events, in all
}

func newPairing(t *testing.T, seed uint64) *pairing {
	t.Helper()
	w := newOutWorld(t)
	sn, err := servicenowtest.New(servicenowtest.Options{Clock: still{}, Users: []servicenowtest.User{{Name: "flow", Password: "flow"}}})
	if err != nil {
		t.Fatal(err)
	}
	w.cmdb = sn
	if err := w.netbox.AddToken(netboxtest.Token{Key: flowToken, User: "flow"}); err != nil {
		t.Fatal(err)
	}
	nb, err := netbox.New(netbox.Config{
		BaseURL: "http://netbox.example", Auth: netbox.Token(flowToken), MaxRetries: -1,
		HTTPClient: &http.Client{Transport: w.wire.to(w.netbox.Transport())},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := &pairing{outWorld: w, chance: rand.New(rand.NewPCG(seed, 1))}
	p.estate = w.fill(t)
	owners := assets.Owners{"device.name": mapping.External, "device.asset_tag": mapping.External, "device.sys_class_name": mapping.External}
	w.flow.NetBox, w.flow.CMDB = nb, w.cmdbClient(t, "flow", "flow")
	w.flow.Linked, w.flow.Owners, w.flow.Echoes = true, owners, &assets.Echoes{Now: still{}.Now}
	written := &assets.Written{Now: still{}.Now}
	p.in = assets.Import{
		NetBox: nb, CMDB: w.flow.CMDB, Owners: owners, Written: written, Tags: []string{cmdb.SyncTagSlug, assets.SyncFromTagSlug},
	}
	verifier, err := webhook.NetBox(hookSecret).Verifier()
	if err != nil {
		t.Fatal(err)
	}
	p.arrive = &assets.Realtime{Import: p.in, Verifier: verifier, Now: still{}.Now, Actors: []string{"flow"}, Echoes: w.flow.Echoes}
	p.leave = &assets.RealtimeExport{Export: w.flow, Now: still{}.Now, Actors: []string{"flow"}, Written: written}
	p.pass(t)
	p.subscribe(t)
	return p
}

// subscribe makes both sides tell of changes.
func (p *pairing) subscribe(t *testing.T) {
	t.Helper()
	hook := p.make(t, "extras/webhooks", map[string]any{"name": "flow", "payload_url": "http://receiver.example/netbox", "secret": hookSecret})
	var types []string
	for model := range netboxTypes {
		types = append(types, model)
	}
	p.make(t, "extras/event-rules", map[string]any{
		"name": "flow", "object_types": types, "event_types": []string{"object_created", "object_updated", "object_deleted"},
		"action_type": "webhook", "action_object_type": "extras.webhook", "action_object_id": hook,
	})
	kinds := map[servicenowtest.Operation]assets.RecordEventKind{
		servicenowtest.OpInsert: assets.RecordCreated, servicenowtest.OpUpdate: assets.RecordUpdated, servicenowtest.OpDelete: assets.RecordDeleted,
	}
	var hooks []servicenowtest.Webhook
	for _, table := range []string{"cmdb_ci", "cmn_location", "core_company", "cmdb_hardware_product_model"} {
		hooks = append(hooks, servicenowtest.Webhook{
			Name: table, Table: table, URL: "http://receiver.example/servicenow",
			On: []servicenowtest.Operation{servicenowtest.OpInsert, servicenowtest.OpUpdate, servicenowtest.OpDelete},
			Payload: func(c *servicenowtest.RuleCall) ([]byte, error) {
				return json.Marshal(assets.RecordEvent{Kind: kinds[c.Operation()], Table: c.Table(), ID: c.SysID(), Actor: c.User()})
			},
		})
	}
	if err := p.cmdb.SetWebhooks(hooks...); err != nil {
		t.Fatal(err)
	}
}

// receiver is where both sides' webhooks go.
func (p *pairing) receiver(t *testing.T) *http.Client {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		p.handled++
		if r.URL.Path == "/netbox" {
			p.attempt(t, func() (bool, error) {
				result, err := p.arrive.Handle(t.Context(), body, r.Header.Get)
				return result.Outcome == assets.RealtimeWritten, err
			})
		} else {
			var e assets.RecordEvent
			if err := json.Unmarshal(body, &e); err != nil {
				return nil, err
			}
			p.attempt(t, func() (bool, error) {
				result, err := p.leave.Handle(t.Context(), e)
				return result.Outcome == assets.RealtimeWritten, err
			})
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
	})}
}

// attempt handles an event, later once more when it may work then.
func (p *pairing) attempt(t *testing.T, handle func() (bool, error)) {
	wrote, err := handle()
	if wrote {
		p.written++
		p.moved++
	}
	failure, ok := errors.AsType[*assets.EventFailure](err)
	switch {
	case err == nil:
	case ok && failure.Retryable:
		p.again = append(p.again, func() error { _, err := handle(); return err })
	default:
		t.Logf("an event came to nothing: %v", err)
	}
}

// deliver sends what waits on both sides; when it is unreliable, some are lost, some
// come twice, and the order is any.
func (p *pairing) deliver(t *testing.T, reliable bool) (sent int) {
	t.Helper()
	before := p.handled
	u := netboxtest.Unreliable{Seed: p.chance.Uint64(), Lose: 0.1, Double: 0.2, Reorder: 0.3}
	if reliable {
		u = netboxtest.Unreliable{}
	}
	if err := p.netbox.SetUnreliable(u); err != nil {
		t.Fatal(err)
	}
	p.cmdb.SetDeliveryPlan(func(waiting []servicenowtest.Delivery) []servicenowtest.Delivery {
		if reliable {
			return waiting
		}
		var some []servicenowtest.Delivery
		for _, d := range waiting {
			if p.chance.Float64() < 0.1 {
				continue
			}
			some = append(some, d)
			if p.chance.Float64() < 0.2 {
				some = append(some, d)
			}
		}
		p.chance.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		return some
	})
	if _, err := p.netbox.Deliver(t.Context(), p.receiver(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.cmdb.Deliver(t.Context(), p.receiver(t)); err != nil {
		t.Fatal(err)
	}
	waiting := p.again
	p.again = nil
	for _, handle := range waiting {
		_ = handle() // what is lost now, the bulk passes make up for
	}
	p.netbox.ResetDeliveries()
	return p.handled - before
}

// pass runs both flows in bulk.
func (p *pairing) pass(t *testing.T) {
	t.Helper()
	flows := []func(context.Context) error{
		func(ctx context.Context) error { _, err := p.in.Run(ctx); return err },
		func(ctx context.Context) error { _, err := p.flow.Run(ctx); return err },
	}
	if p.chance.IntN(2) == 0 {
		slices.Reverse(flows)
	}
	for range 2 { // what one brings, the other completes
		for _, run := range flows {
			if err := run(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (p *pairing) next(what string) string {
	p.count++
	return fmt.Sprintf("%s-%d", what, p.count)
}

// edit is one change by somebody, on one of the sides.
func (p *pairing) edit(t *testing.T) {
	t.Helper()
	devices := p.netbox.IDs("dcim/devices")
	var cis []servicenowtest.Row
	for _, ci := range p.cmdb.Rows("cmdb_ci_hardware") {
		if ci["install_status"] != "7" {
			cis = append(cis, ci)
		}
	}
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	switch n := p.chance.IntN(100); {
	case n < 40 && len(devices) > 0:
		id := devices[p.chance.IntN(len(devices))]
		field := []string{"serial", "description", "name", "status"}[p.chance.IntN(4)]
		value := p.next(field)
		if field == "status" {
			value = []string{"active", "offline", "staged", "inventory"}[p.chance.IntN(4)]
		}
		fail(p.netbox.Update("dcim/devices", id, map[string]any{field: value}))
	case n < 50:
		fail(p.netbox.Update("dcim/sites", p.netbox.IDs("dcim/sites")[0], map[string]any{"physical_address": p.next("street")}))
	case n < 90 && len(cis) > 0:
		ci := cis[p.chance.IntN(len(cis))]
		column := []string{"name", "asset_tag", "serial_number", "short_description"}[p.chance.IntN(4)]
		fail(p.cmdb.Update(ci["sys_class_name"], ci["sys_id"], servicenowtest.Row{column: p.next(column)}))
	case n < 94 && len(devices) < 10:
		p.make(t, "dcim/devices", map[string]any{
			"name": p.next("nb"), "role": p.flow.Role, "device_type": p.netbox.IDs("dcim/device-types")[0], "site": p.netbox.IDs("dcim/sites")[0],
			"tags": []map[string]any{{"slug": cmdb.SyncTagSlug}}, "custom_fields": map[string]any{cmdb.ClassField: "cmdb_ci_server"},
		})
	case n < 98 && len(devices) < 10:
		p.insert(t, "cmdb_ci_server", servicenowtest.Row{"name": p.next("ci"), "model_id": p.estate.model, "location": p.estate.room})
	case n < 99 && len(devices) > 2:
		fail(p.netbox.Delete("dcim/devices", devices[p.chance.IntN(len(devices))]))
	case len(cis) > 2:
		ci := cis[p.chance.IntN(len(cis))]
		fail(p.cmdb.Delete(ci["sys_class_name"], ci["sys_id"]))
	}
}

// settled wants both sides to say the same, nothing twice, and nothing left to do.
func (p *pairing) settled(t *testing.T) {
	t.Helper()
	for name, plan := range map[string]func(context.Context) (interface{ Empty() bool }, error){
		"import": func(ctx context.Context) (interface{ Empty() bool }, error) { return p.in.Plan(ctx) },
		"export": func(ctx context.Context) (interface{ Empty() bool }, error) { return p.flow.Plan(ctx) },
	} {
		made, err := plan(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !made.Empty() {
			t.Fatalf("a second %s would write %v", name, made)
		}
	}
	of := map[string][]servicenowtest.Row{} // live CIs by device
	for _, row := range p.cmdb.Rows(cmdb.AttributesTable) {
		if row[cmdb.ColumnClass] == string(cmdb.TypeDevice) {
			if ci, live := p.cmdb.Row("cmdb_ci_hardware", row[cmdb.ColumnRecordID]); live {
				of[row[cmdb.ColumnID]] = append(of[row[cmdb.ColumnID]], ci)
			}
		}
	}
	names := map[any]bool{}
	for _, id := range p.netbox.IDs("dcim/devices") {
		d, _ := p.netbox.Object("dcim/devices", id)
		cis := of[itoa(id)]
		if len(cis) != 1 || names[d["name"]] {
			t.Fatalf("device %d %v has %d CIs, named so before: %v", id, d["name"], len(cis), names[d["name"]])
		}
		names[d["name"]] = true
		for field, column := range map[string]string{"name": "name", "serial": "serial_number", "asset_tag": "asset_tag", "description": "short_description"} {
			have := fmt.Sprint(d[field])
			if d[field] == nil {
				have = ""
			}
			if have != cis[0][column] {
				t.Fatalf("device %d: %s is %q in NetBox and %q in the CMDB", id, field, have, cis[0][column])
			}
		}
	}
	if live := len(p.cmdb.Rows("cmdb_ci_hardware")) - p.retired(); live != len(names) {
		t.Fatalf("%d CIs in service and %d devices", live, len(names))
	}
}

// retired counts the CIs whose device is gone.
func (p *pairing) retired() (n int) {
	for _, row := range p.cmdb.Rows(cmdb.AttributesTable) {
		if row[cmdb.ColumnClass] != string(cmdb.TypeDevice) {
			continue
		}
		_, live := p.cmdb.Row("cmdb_ci_hardware", row[cmdb.ColumnRecordID])
		var id int64
		_, _ = fmt.Sscan(row[cmdb.ColumnID], &id)
		if _, there := p.netbox.Object("dcim/devices", id); live && !there {
			n++
		}
	}
	return n
}

// 001-39, 002-28: people edit both sides, webhooks are lost, doubled and out of order,
// and both directions run at once: both sides come to say the same, no object is there
// twice, and what the flows write is not taken for news by the other one.
func TestBothWays(t *testing.T) {
	t.Parallel()
	rounds, each := 10_000, 25
	if raceEnabled || testing.Short() {
		rounds = 500
	}
	const worlds = 4
	for seed := range uint64(worlds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			p := newPairing(t, seed)
			p.settled(t)
			for round := range rounds / worlds {
				for range 1 + p.chance.IntN(3) {
					p.edit(t)
				}
				if p.chance.IntN(3) > 0 {
					p.deliver(t, false)
				}
				if round%each != each-1 {
					continue
				}
				p.deliver(t, false)
				p.pass(t)
				p.settled(t)
				// What the flows wrote themselves is on its way now: it leads to nothing.
				p.written = 0
				for exchange := 1; p.deliver(t, true) > 0; exchange++ {
					if exchange > 1 {
						t.Fatalf("round %d: an echo of an echo", round)
					}
				}
				if p.written > 0 {
					t.Fatalf("round %d: %d echoes were written", round, p.written)
				}
			}
			t.Logf("%d events, %d of which led to a write", p.handled, p.moved)
			if p.moved*20 < rounds/worlds {
				t.Errorf("only %d of %d events led to a write", p.moved, p.handled)
			}
		})
	}
}
