package importrules

// Layout is the whole table: the groups in which every package of the module
// has its place.
type Layout struct {
	Groups []Group
	// Planned names packages of the table that are still to be written. One
	// that exists must be taken off the list, any other must exist.
	Planned []string
	// PureFiles names single files that obey the rules of pure code in a
	// package that otherwise need not: package to file names.
	PureFiles map[string][]string
	// TestModules may be imported by test files only, in every group.
	TestModules []string
	// Shown are the modules whose types exported identifiers may name. Those
	// of all others would tie callers to their versions.
	Shown []string
}

// Group is a set of packages under one rule. Names are relative to the module;
// one that ends in "/..." stands for everything below it.
type Group struct {
	Name     string
	Packages []string
	// Uses are the packages of the module that members may import.
	Uses []string
	// Modules are the other modules that members may link.
	Modules []string
	// NotLinked are packages that members may not even reach through others.
	NotLinked []string
	// NotImported are packages that members may not import themselves.
	NotImported []string
	// Pure members have no goroutine, no clock and no randomness; their
	// syntax is read, with the files that only some builds have.
	Pure bool
}

var (
	pure = []string{
		"mapping", "cmdb", "sync/conflict", "sync/reconcile", "sync/gate", "sync/audit",
	}
	clients = []string{"servicenow", "netbox", "azdevops", "codefresh"}
	engines = []string{"sync/link", "sync/webhook", "sync/outbox", "sync/schedule"}
	flows   = []string{"sync/assets", "sync/incidents", "sync/changes"}
	servers = []string{
		"servicenow/servicenowtest", "netbox/netboxtest", "azdevops/azdevopstest", "codefresh/codefreshtest",
	}

	// What the library links: the retries, the limiter, the query encoder and
	// the OAuth grants, with what these need themselves.
	linked = []string{
		"github.com/hashicorp/go-retryablehttp", "github.com/hashicorp/go-cleanhttp",
		"golang.org/x/time", "github.com/google/go-querystring", "golang.org/x/oauth2",
	}

	network    = []string{"net", "net/http", "database/sql", "os/exec"}
	randomness = []string{"math/rand", "math/rand/v2", "crypto/rand"}
)

// Rules is the layout of this module.
var Rules = Layout{
	Groups: []Group{
		{
			Name: "pure", Packages: pure, Pure: true,
			Uses: pure, NotLinked: network,
		},
		{
			// Never one another, never the pure packages: a client moves
			// data, what it means is decided elsewhere.
			Name: "client", Packages: clients,
			Uses: []string{"internal/rest"}, Modules: linked,
		},
		{
			Name: "HTTP path", Packages: []string{"internal/rest"},
			Modules: linked,
		},
		{
			// The servers must prove the clients wrong, so they share no code
			// with them.
			Name: "test server", Packages: servers,
			Uses: []string{"internal/fault"},
		},
		{
			Name: "fault script", Packages: []string{"internal/fault"},
		},
		{
			Name: "engine", Packages: engines,
			Uses: pure,
		},
		{
			// Wiring and policy only: no HTTP and no tables of their own.
			Name: "flow", Packages: flows,
			Uses: join(pure, clients, engines), Modules: linked,
			NotImported: []string{"net/http", "database/sql"},
		},
		{
			Name: "store", Packages: []string{"sync/sqlstore"},
			Uses: join(pure, engines),
		},
		{
			Name: "store suite", Packages: []string{"sync/storetest"},
			Uses: join(pure, engines),
		},
		{
			Name: "example", Packages: []string{"examples/..."},
			Uses: join(pure, clients, servers, engines, flows, []string{"sync/sqlstore"}), Modules: linked,
		},
		{
			// Checks of the repository itself: nothing of the library, so
			// that they build when it does not.
			Name: "check", Packages: []string{"internal/importrules", "internal/docrules", "internal/mutate"},
		},
		{
			// The library against the real thing.
			Name: "conformance", Packages: []string{"internal/conformance/..."},
			Uses: join(pure, clients, servers, engines, flows), Modules: linked,
		},
	},
	Planned: []string{

		"sync/gate", "sync/audit", "sync/link", "sync/outbox", "sync/schedule",
		"sync/incidents", "sync/changes", "sync/sqlstore", "sync/storetest",
	},
	PureFiles: map[string][]string{
		"sync/webhook": {"credential.go", "hmac.go", "script.go", "secret.go", "standard.go", "verify.go"},
	},
	TestModules: []string{
		"github.com/jarcoal/httpmock", "github.com/google/go-cmp", "github.com/sony/gobreaker/v2",
	},
	Shown: []string{"golang.org/x/oauth2"}, // a caller's own token source
}

func join(lists ...[]string) []string {
	var all []string
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}
