package servicenowtest

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"maps"
	"net/http"
	"slices"
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

// Release selects the pagination headers that different releases send.
type Release int

// The release profiles. They differ in the Link header of lists.
const (
	// Release2026 leaves out relations that do not apply, and the whole header
	// when one page holds everything. Measured on an Australia instance. It is
	// the default.
	Release2026 Release = iota
	// Release2022 always sends prev, with offset -1 on the first page.
	// Recorded on public developer instances of 2021 and 2022.
	Release2022
	// Release2019 leaves out relations that do not apply, and sends first and
	// last for a single page too.
	Release2019
)

// The account of an instance that is made without Options.Users.
const (
	DefaultUser     = "admin"
	DefaultPassword = "admin"
)

// User is an account that may sign in.
type User struct {
	// Name is the user name that it signs in with; Password its password.
	Name, Password string
	// FullName is the name that people read; empty means Name.
	FullName string
	// TimeZone is the zone of display values; nil means Options.TimeZone.
	TimeZone *time.Location
	// Roles and Groups are the names of the roles that the user is given in
	// sys_user_has_role, and of the groups that it is put into in
	// sys_user_grmember. Those that do not exist are made.
	Roles, Groups []string
	// Values are further columns of the user's record in sys_user, such as
	// email, or a sys_id.
	Values Row
}

// Record is a record of a table.
type Record struct {
	Table  string
	Values Row
}

// Options configure an instance. The zero value is a usable one: the account
// admin with the password admin, no restrictions, the real clock.
type Options struct {
	// Users may sign in with Basic authentication. Each has a record in
	// sys_user. Empty means DefaultUser with DefaultPassword.
	Users []User
	// Tables adds tables to the built-in ones and changes those: a column
	// that is named again is replaced, others are added.
	Tables []Table
	// Records are inserted in their order when the instance is made, as by
	// Server.Insert, before there are business rules and webhooks.
	Records []Record
	// ACLs restrict what users see and do; see ACL.
	ACLs []ACL
	// Release selects the pagination headers; the zero value is Release2026.
	Release Release
	// Seed decides the sys_ids that the server gives; the same seed and the
	// same order of inserts give the same ids.
	Seed uint64
	// Clock is the server's time; nil means the real clock, or the fake one
	// inside a testing/synctest bubble.
	Clock Clock
	// TimeZone is the zone of display values of users without their own; nil
	// means UTC.
	TimeZone *time.Location
	// InvalidQueryReturnsNoRows makes a query with an unknown field return
	// nothing instead of everything (property
	// glide.invalid_query.returns_no_rows).
	InvalidQueryReturnsNoRows bool
	// RowTime is the virtual time that each row of a list takes, against the
	// quota of 60 seconds: what does not fit is missing, and the answer ends
	// in an error. Zero means 1 ms, so that pages of 10,000 rows pass and
	// pages of 200,000 do not; negative means none. Nothing really waits.
	RowTime time.Duration
	// BatchItemTime is the virtual time that each request in a batch takes,
	// against the quota of 30 seconds: what does not fit is left unserviced.
	// Zero means 50 ms; negative means none. Rows of lists take RowTime on
	// top. Nothing really waits.
	BatchItemTime time.Duration
	// BatchItemInput is the most bytes that the body of one request in a batch
	// may have. Zero means 5 MiB.
	BatchItemInput int
	// BatchOutput is the most bytes of bodies that a batch answers. Zero means
	// 10 MiB.
	BatchOutput int
	// AttachmentLimit is the most bytes of one attachment. Zero means 1,024 MiB,
	// the product's default. Attachments are kept in memory.
	AttachmentLimit int64
	// RateRules limit the requests of an hour; see RateRule.
	RateRules []RateRule
	// OAuthClients may ask oauth_token.do for tokens by every grant.
	OAuthClients []OAuthClient
	// APIKeys let requests in without other credentials.
	APIKeys []APIKey
	// AllowBasicAuth tells which users may use Basic authentication; others
	// get the same 401 as for a wrong password, as the Australia release does
	// with users who lack the role snc_basic_auth_api_access. Nil allows all.
	AllowBasicAuth func(user string) bool
	// CertificateUser maps the client certificate of a TLS connection to a
	// user name, "" for none. Nil: certificates let nobody in.
	CertificateUser func(*x509.Certificate) string
	// SessionIdle is how long a session lives after its last request. Zero means
	// 30 minutes, the life of the cookie glide_session_store.
	SessionIdle time.Duration
	// RequestTime is how long each request holds its session and its thread of
	// the Semaphore. Unlike RowTime it is really waited, by the clock of package
	// time: use it inside testing/synctest bubbles. Zero means none.
	RequestTime time.Duration
	// Semaphore limits the requests that are worked on at once; the zero value
	// does not.
	Semaphore Semaphore
	// FreeIncidents switches the data policies of incidents off: mandatory
	// resolution code and close notes, reason and comment of a hold.
	FreeIncidents bool
	// Changes are the options of change management.
	Changes ChangeOptions
	// BusinessRules run when records are written; see BusinessRule.
	BusinessRules []BusinessRule
	// Webhooks tell others of writes, when Deliver is called; see Webhook.
	Webhooks []Webhook
}

// account is a user as the server knows it.
type account struct {
	User
	id    string
	zone  *time.Location
	roles map[string]bool // of one request, when rules ask for roles
}

// Server is an in-memory ServiceNow instance and an http.Handler. It is safe
// for concurrent use.
type Server struct {
	// URL is the base URL of a server made by NewServer; empty otherwise.
	URL string

	options   Options
	store     *store
	harness   *fault.Harness
	items     fault.Script // for the requests inside batches
	accounts  map[string]*account
	approvers []*account // of changes
	born      time.Time

	deflaters    sync.Pool
	mu           sync.Mutex
	acls         []accessRule
	known        map[fieldList][]field
	transactions uint64
	tokens       *tokens
	sessions     sessions
	node         *node
	rates        rates
	imports      imports
	tiny         map[string]params // long queries by their ids
	ireRules     IRERules
}

// New makes an instance with the built-in tables and those of the options. It
// returns an error that names the option for a table, column, user or access
// rule that cannot work.
func New(options Options) (*Server, error) {
	tables := slices.Concat(foundationTables(), accessTables(), cmdbTables(), taskTables(), ireTables(), importTables(), auditTables(), attachmentTables(), schemaTables())
	tables = append(tables, changeTables()...)
	classes, err := compile(append(tables, options.Tables...))
	if err != nil {
		return nil, err
	}
	options.RowTime = max(cmp.Or(options.RowTime, time.Millisecond), 0)
	options.BatchItemTime = max(cmp.Or(options.BatchItemTime, 50*time.Millisecond), 0)
	options.BatchItemInput = cmp.Or(options.BatchItemInput, 5<<20)
	options.BatchOutput = cmp.Or(options.BatchOutput, 10<<20)
	options.AttachmentLimit = cmp.Or(options.AttachmentLimit, maxAttachment)
	if options.TimeZone == nil {
		options.TimeZone = time.UTC
	}
	s := &Server{options: options, tokens: newTokens(), node: newNode(options.Semaphore), store: newStore(classes, options.Seed), accounts: map[string]*account{}, known: map[fieldList][]field{}}
	s.harness = fault.NewHarness(http.HandlerFunc(s.serve), options.Clock)
	s.born = s.Now()
	if err := s.addRoles(); err != nil {
		return nil, err
	}
	if err := s.addUsers(options.Users); err != nil {
		return nil, err
	}
	if err := s.setUpChanges(); err != nil {
		return nil, err
	}
	if err := s.addRelationTypes(); err != nil {
		return nil, err
	}
	if err := s.SetIRERules(DefaultIRERules()); err != nil {
		return nil, err
	}
	if err := s.checkAuth(); err != nil {
		return nil, err
	}
	for i, record := range options.Records {
		if _, err := s.Insert(record.Table, record.Values); err != nil {
			return nil, fmt.Errorf("%w (Options.Records[%d])", err, i)
		}
	}
	if err := s.enrolAll(); err != nil {
		return nil, err
	}
	if err := s.SetRateRules(options.RateRules...); err != nil {
		return nil, err
	}
	if err := s.SetBusinessRules(options.BusinessRules...); err != nil {
		return nil, err
	}
	if err := s.SetWebhooks(options.Webhooks...); err != nil {
		return nil, err
	}
	return s, s.SetACLs(options.ACLs...)
}

// NewServer makes an instance that listens on loopback TCP until the test
// ends. It fails the test when that is impossible.
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
	return s
}

func (s *Server) addUsers(users []User) error {
	if len(users) == 0 {
		users = []User{{Name: DefaultUser, Password: DefaultPassword, FullName: "System Administrator", Roles: []string{roleAdmin}}}
		s.options.Users = users
	}
	for i, user := range users {
		if user.Name == "" || s.accounts[user.Name] != nil {
			return fmt.Errorf("servicenowtest: Options.Users[%d]: the name %q is empty or taken", i, user.Name)
		}
		user.FullName = cmp.Or(user.FullName, user.Name)
		zone := user.TimeZone
		if zone == nil {
			zone = s.options.TimeZone
		}
		values := Row{"user_name": user.Name, "name": user.FullName, "time_zone": zone.String()}
		maps.Copy(values, user.Values)
		id, err := s.Insert("sys_user", values)
		if err != nil {
			return err
		}
		s.accounts[user.Name] = &account{User: user, id: id, zone: zone}
	}
	return nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.harness.ServeHTTP(w, r) }

// Listen serves the instance over TCP on an address such as "127.0.0.1:8080";
// empty means loopback and a free port. It returns the base URL and a function
// that closes the listener and all connections.
func (s *Server) Listen(address string) (baseURL string, stop func(), err error) {
	return s.harness.Listen(address)
}

// Transport returns a round tripper that calls the server directly, without
// sockets or goroutines, whatever the host of the request's URL. It can be
// used inside testing/synctest bubbles.
func (s *Server) Transport() http.RoundTripper { return s.harness.Transport() }

// Client returns a new http.Client on Transport.
func (s *Server) Client() *http.Client { return s.harness.Client() }

// Fail adds faults to the script. Each counts the requests that it matches
// from now on; with an empty method and path it counts all.
func (s *Server) Fail(faults ...Fault) { s.harness.Fail(faults...) }

// FailItems adds faults for the requests inside batches, which Fail does not
// see. Of what happens, Status, Respond and Rewrite apply: a request of a batch
// has no connection of its own.
func (s *Server) FailItems(faults ...Fault) { s.items.Add(faults...) }

// ClearFaults empties the scripts of Fail and FailItems.
func (s *Server) ClearFaults() {
	s.harness.ClearFaults()
	s.items.Clear()
}

// Journal returns the requests since the journal was last reset, in order of
// arrival. Requests inside a batch are not listed.
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

// system is who writes through the Go methods.
func (s *Server) system() actor { return actor{name: "system", now: s.Now()} }
