package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/itsmkit/itsmkit/cmdb"
	"github.com/itsmkit/itsmkit/netbox"
	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/sync/reconcile"
)

type options struct {
	netboxURL, serviceNowURL, tag, plan, report string
	apply                                       bool
	devices                                     int
}

const examples = `
Secrets come from the environment only: NETBOX_TOKEN, SERVICENOW_USER and
SERVICENOW_PASSWORD.

Examples:
  quickstart
      both sides in memory, 2,000 devices
  quickstart -devices 50000 -report counts.json
      more of them, with the counts in a file
  NETBOX_TOKEN=... quickstart -netbox-url https://netbox.example.com
      a real NetBox, imported into an in-memory CMDB
  quickstart -netbox-url ... -servicenow-url https://acme.service-now.com -plan plan.txt
      what would be written to a real instance; nothing is
  quickstart -netbox-url ... -servicenow-url https://acme.service-now.com -apply
      write it
`

func parseFlags(name string, args []string) (o options, err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.StringVar(&o.netboxURL, "netbox-url", "", "address of a real `NetBox`; default: one in memory")
	flags.StringVar(&o.serviceNowURL, "servicenow-url", "", "address of a real `ServiceNow`; default: one in memory")
	flags.BoolVar(&o.apply, "apply", false, "write to the real ServiceNow, which is only planned against otherwise")
	flags.IntVar(&o.devices, "devices", 2000, "`number` of devices in the NetBox in memory")
	flags.StringVar(&o.tag, "tag", cmdb.SyncTagSlug, "`slug` of the tag that selects what is imported")
	flags.StringVar(&o.plan, "plan", "", "write the plan of the first pass to this `file`, .txt or .json")
	flags.StringVar(&o.report, "report", "", "write the counts of both passes to this `file`, as JSON")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "quickstart imports a NetBox into a ServiceNow CMDB, twice.")
		flags.PrintDefaults()
		fmt.Fprint(flags.Output(), examples)
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q: see quickstart -h", flags.Arg(0))
	}
	return o, o.check()
}

// writes reports whether the CMDB may be written to.
func (o options) writes() bool { return o.serviceNowURL == "" || o.apply }

func (o options) check() error {
	switch ext := filepath.Ext(o.plan); {
	case o.devices < 1:
		return fmt.Errorf("-devices is %d: give a positive number", o.devices)
	case o.plan != "" && ext != ".txt" && ext != ".json":
		return fmt.Errorf("-plan %q: name a file that ends in .txt or .json", o.plan)
	case o.apply && o.serviceNowURL != "" && o.netboxURL == "":
		return errors.New("the NetBox in memory is made up and is never written to a real ServiceNow: give -netbox-url, or leave out -apply")
	case o.netboxURL != "" && os.Getenv("NETBOX_TOKEN") == "":
		return errors.New("set NETBOX_TOKEN to an API token of " + o.netboxURL)
	case o.serviceNowURL != "" && (os.Getenv("SERVICENOW_USER") == "" || os.Getenv("SERVICENOW_PASSWORD") == ""):
		return errors.New("set SERVICENOW_USER and SERVICENOW_PASSWORD to a user of " + o.serviceNowURL)
	}
	return nil
}

// advise says on one line what went wrong and what to do.
func advise(err error) string {
	nb, isNetBox := errors.AsType[*netbox.Error](err)
	sn, isServiceNow := errors.AsType[*servicenow.Error](err)
	var system, message, login, rights string
	switch {
	case isNetBox:
		system, message = "NetBox", nb.Error()
		login, rights = "check NETBOX_TOKEN", "let the token's user view what is to be imported"
	case isServiceNow:
		system, message = "ServiceNow", sn.Error()
		login, rights = "check SERVICENOW_USER and SERVICENOW_PASSWORD", "give the user read access to the table; itil covers the CMDB"
	default:
		return err.Error()
	}
	switch {
	case errors.Is(err, netbox.ErrUnauthorized):
		return system + " refused the credentials: " + login + " (" + message + ")"
	case errors.Is(err, netbox.ErrForbidden):
		return system + " denied access: " + rights + " (" + message + ")"
	case errors.Is(err, netbox.ErrSignIn):
		return system + " answered with a web page: check the address, and whether a sign-in page stands before it (" + message + ")"
	case errors.Is(err, netbox.ErrUnavailable):
		return system + " cannot be reached: check the address and that it is up (" + message + ")"
	case errors.Is(err, netbox.ErrNotFound):
		return system + " has no such path: check the address (" + message + ")"
	}
	return err.Error()
}

func writePlan(file string, p *reconcile.Plan) (err error) {
	if file == "" {
		return nil
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if filepath.Ext(file) == ".json" {
		return p.WriteJSON(f)
	}
	return p.WriteText(f)
}

func writeJSON(file string, value any) error {
	if file == "" {
		return nil
	}
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o600)
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
