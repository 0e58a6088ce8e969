package azdevopstest

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/itsmkit/itsmkit/internal/fault"
)

// Fault is one line of the script of what goes wrong. Its fields choose
// requests:
//
//	Method  string                    any when empty
//	Path    string                    a prefix, or a pattern of path.Match; any when empty
//	Match   func(*http.Request) bool  must be true too, when set
//	Call    int                       the first request it is about, counted from 1 since Fail
//	Times   int                       how many; 0 means once with Call, else always
//
// and say what happens; the first that is set counts, delays go with any:
//
//	Respond    func(time.Time) (status int, header http.Header, body string)
//	Status     int, with Header http.Header and Body string: answered instead of acting
//	DropBefore bool    the connection dies before the server acts
//	DropAfter  bool    the server acts, the answer is lost
//	CutAfter   int     the server acts, the connection dies after so many bytes of the body
//	Truncate   int     the server acts, the body ends after so many bytes and Tail string
//	Rewrite    func(body []byte) []byte, of a 2xx answer
//	Err        error   what the in-memory transport reports for a dead connection
//	Delay      time.Duration, before the server acts
//	DelayAfter time.Duration, before the answer is sent
//
// The methods OnCall(n), On(method, path) and Repeat(times) return a copy that
// is narrowed. When several faults are due for one request, the first acts and
// the others wait for the next.
type Fault = fault.Fault

// Call is one request in the server's journal, with the fields
//
//	N       int          counted from 1 since the server was made
//	Time    time.Time    of the server's clock
//	Method, Path, Query string
//	Header  http.Header  with credentials replaced
//	Body    []byte       up to the limit of LimitBodies
//	Size    int          of the whole body
//	Status  int          of the answer; 0 when the connection died before one
//	Fault   bool         whether the script acted
type Call = fault.Call

// Clock tells the server the time. Implementations must be safe for concurrent
// use.
type Clock = fault.Clock

// ManualClock is a Clock that moves only when Set or Advance tells it to.
type ManualClock = fault.ManualClock

// NewManualClock returns a clock that stands at the given time.
func NewManualClock(now time.Time) *ManualClock { return fault.NewManualClock(now) }

// TB is the part of testing.TB that NewServer needs.
type TB = fault.TB

// DefaultToken is the personal access token of a server that is made without
// Options.Users.
const DefaultToken = "azdevopstest0000000000000000000000000000000000000000"

// User is an identity with a token.
type User struct {
	Token string // personal access token or bearer token
	Name  string // "Ada Example"; empty means "Integration"
	Mail  string // unique name; empty means one made of the name
	// ReadOnly users lack every scope that writes: 403.
	ReadOnly bool
}

// Project is a project to begin with.
type Project struct {
	Name string
	// Process is "Agile", "Basic", "Scrum" or "CMMI"; empty means Agile.
	Process string
	// Fields are custom string fields of all its types, such as
	// "Custom.ServiceNowId".
	Fields []string
}

// Options configure a server. The zero value is a usable one: the organization
// acme with a project Fabrikam of the Agile process.
type Options struct {
	// Organization is the first element of every address; empty means "acme". It
	// may hold a slash, as a server's "tfs/DefaultCollection" does.
	Organization string
	// Projects exist from the start. Empty means Fabrikam with the custom field
	// Custom.ServiceNowId.
	Projects []Project
	// Users may sign in. Empty means one with DefaultToken.
	Users []User
	// OnPremises makes it an Azure DevOps Server: a bad token is a 401 and no
	// sign-in page. Put the collection into Organization.
	OnPremises bool
	// Load is how much use an identity may make of it; none is counted by default.
	Load Load
	// Definitions are pipelines, ReleaseDefinitions classic release pipelines.
	Definitions        []Definition
	ReleaseDefinitions []ReleaseDefinition
	// SplitReleases has classic releases at an address of their own, whose host
	// begins with "vsrm." or holds ".vsrm.", as the service does, or at that of
	// ListenReleases. Clients that ask for resource areas are told both.
	SplitReleases bool
	// Address is where the organization says that it is, in what it sends: in
	// PlanUrl and in service hooks. Empty means the address that Listen gave, and
	// "https://dev.azure.com/" with the organization before.
	Address string
	// QueryLimit is how many rows a query may find (VS402337); 0 means 20,000.
	QueryLimit int
	// Clock is the server's time; nil means the real clock, or the fake one
	// inside a testing/synctest bubble.
	Clock Clock
	// Seed decides the GUIDs that the server gives.
	Seed uint64
}

// Server is an organization in memory and an http.Handler. It is safe for
// concurrent use.
type Server struct {
	// URL is the address of the organization of a server made by NewServer, with
	// the organization in it; empty otherwise.
	URL string
	// ReleaseURL is the same for classic releases, with Options.SplitReleases.
	ReleaseURL string

	harness *fault.Harness
	options Options
	table   []endpoint
	users   map[string]*User // by token

	mu       sync.Mutex
	guids    uint64
	projects []*project
	work     workStore
	address  string // of the organization, in what is sent
	runs     runStore
	releases releaseStore
	hooks    hookStore
	uses     map[*User][]use
}

// New makes a server. It returns an error that names the option that cannot
// work.
func New(options Options) (*Server, error) {
	options.Organization = cmp.Or(options.Organization, "acme")
	if options.QueryLimit < 0 {
		return nil, errors.New("azdevopstest: Options.QueryLimit is negative; use 0 for 20,000")
	}
	if err := options.Load.check(); err != nil {
		return nil, err
	}
	options.QueryLimit = cmp.Or(options.QueryLimit, 20_000)
	if len(options.Projects) == 0 {
		options.Projects = []Project{{Name: "Fabrikam", Fields: []string{"Custom.ServiceNowId"}}}
	}
	if len(options.Users) == 0 {
		options.Users = []User{{Token: DefaultToken}}
	}
	s := &Server{options: options, table: routes(), users: map[string]*User{}, work: newWorkStore(), uses: map[*User][]use{}}
	s.harness = fault.NewHarness(http.HandlerFunc(s.serve), options.Clock)
	for i, user := range options.Users {
		if user.Token == "" || s.users[user.Token] != nil {
			return nil, fmt.Errorf("azdevopstest: Options.Users[%d]: the token is empty or taken", i)
		}
		user.Name = cmp.Or(user.Name, "Integration")
		user.Mail = cmp.Or(user.Mail, mailOf(user.Name))
		s.users[user.Token] = &user
	}
	for i, p := range options.Projects {
		if err := s.addProject(p); err != nil {
			return nil, fmt.Errorf("azdevopstest: Options.Projects[%d]: %w", i, err)
		}
	}
	s.address = strings.TrimRight(cmp.Or(options.Address, "https://dev.azure.com/"+options.Organization), "/")
	s.runs.plans = map[string]*plan{}
	for i, d := range options.Definitions {
		if err := s.addDefinition(d); err != nil {
			return nil, fmt.Errorf("azdevopstest: Options.Definitions[%d]: %w", i, err)
		}
	}
	for i, d := range options.ReleaseDefinitions {
		if err := s.addReleaseDefinition(d); err != nil {
			return nil, fmt.Errorf("azdevopstest: Options.ReleaseDefinitions[%d]: %w", i, err)
		}
	}
	return s, nil
}

// NewServer makes a server that listens on loopback TCP until the test ends. It
// fails the test when that is impossible.
func NewServer(tb TB, options Options) *Server {
	tb.Helper()
	s, err := New(options)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	url, stop, err := s.Listen("")
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	s.URL = url
	tb.Cleanup(stop)
	if options.SplitReleases {
		if s.ReleaseURL, stop, err = s.ListenReleases(""); err != nil {
			tb.Fatalf("%v", err)
			return nil
		}
		tb.Cleanup(stop)
	}
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.harness.ServeHTTP(w, r) }

// Listen serves over TCP on an address such as "127.0.0.1:8080"; empty means
// loopback and a free port. It returns the address of the organization and a
// function that closes the listener and all connections.
func (s *Server) Listen(address string) (baseURL string, stop func(), err error) {
	base, stop, err := s.harness.Listen(address)
	if base += "/" + s.options.Organization; err == nil && s.options.Address == "" {
		s.mu.Lock()
		s.address = base
		s.mu.Unlock()
	}
	return base, stop, err
}

// Transport returns a round tripper that calls the server directly, without
// sockets or goroutines, whatever the host of the request's URL. It can be
// used inside testing/synctest bubbles.
func (s *Server) Transport() http.RoundTripper { return s.harness.Transport() }

// Client returns a new http.Client on Transport.
func (s *Server) Client() *http.Client { return s.harness.Client() }

// Fail adds faults to the script. Each counts the requests that it matches from
// now on; with an empty method and path it counts all.
func (s *Server) Fail(faults ...Fault) { s.harness.Fail(faults...) }

// ClearFaults empties the script of Fail.
func (s *Server) ClearFaults() { s.harness.ClearFaults() }

// Journal returns the requests since the journal was last reset, in order of
// arrival.
func (s *Server) Journal() []Call { return s.harness.Journal() }

// ResetJournal forgets the requests so far. The counts of the script stay.
func (s *Server) ResetJournal() { s.harness.ResetJournal() }

// Requests returns how many requests came since the journal was last reset, of
// all methods or of the given ones.
func (s *Server) Requests(methods ...string) int { return s.harness.Requests(methods...) }

// LimitBodies sets how many bytes of each request's body the journal keeps; a
// negative number means all. The default is 64 KiB.
func (s *Server) LimitBodies(bytes int) { s.harness.LimitBodies(bytes) }

// Now returns the time of the server's clock.
func (s *Server) Now() time.Time { return s.harness.Now() }

// SetClock replaces the clock; nil means the real one.
func (s *Server) SetClock(clock Clock) { s.harness.SetClock(clock) }

// deployment is the kind of installation, in the API's words.
func (s *Server) deployment() string {
	if s.options.OnPremises {
		return "onPremises"
	}
	return "hosted"
}

// newGUID makes the next GUID. The lock is held.
func (s *Server) newGUID() string {
	s.guids++
	return guidOf(fmt.Sprintf("%d %d", s.options.Seed, s.guids))
}

// guidOf is the GUID of a name, the same each time.
func guidOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
