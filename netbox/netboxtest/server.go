package netboxtest

import (
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/itsmkit/itsmkit/internal/fault"
)

// Options say what kind of NetBox a Server is. The zero value is a NetBox 4.7
// with NetBox's own settings and one administrator.
type Options struct {
	// Version is one of Versions, such as "4.2". The default is 4.7.
	Version string
	// PageSize is NetBox's PAGINATE_COUNT: the rows of a page when the request
	// gives no limit. The default is 50.
	PageSize int
	// MaxPageSize is NetBox's MAX_PAGE_SIZE: larger limits are cut to it in
	// silence. The default is 1000, negative means no cap.
	MaxPageSize int
	// MaxRequestLine is the bytes of a request line beyond which the web server
	// answers 400 with HTML. The default is 4094 (gunicorn's), negative means none.
	MaxRequestLine int
	// MaxBody is the bytes of a request body beyond which the proxy answers 413
	// with HTML. The default is 25 MiB, negative means none.
	MaxBody int64
	// Tokens are the API tokens that the server knows. The default is an
	// administrator with AdminToken and AdminTokenV2.
	Tokens []Token
	// LoginOptional lets everybody read without a token, as LOGIN_REQUIRED =
	// False with EXEMPT_VIEW_PERMISSIONS = ["*"] does. The default is that a
	// token is demanded, but for /api/status/ in 3.7.
	LoginOptional bool
	// AllowDuplicateAddresses is NetBox's ENFORCE_GLOBAL_UNIQUE switched off.
	AllowDuplicateAddresses bool
	// NoWorker says that nobody works on background jobs: what would start one is
	// refused with 503.
	NoWorker bool
	// PreferIPv4 makes primary_ip the IPv4 address where a device has both. The
	// default is IPv6, as in NetBox.
	PreferIPv4 bool
	// Clock gives created, last_updated and the times of the change log. The
	// default is the real time. No two stamps are ever equal: a clock that
	// stands still moves on by a microsecond with each write.
	Clock Clock
	// Choices adds values to choice fields, as FIELD_CHOICES does. The key is
	// "dcim.device.status", each choice is value and label.
	Choices map[string][][2]string
}

// Clock tells a server the time. It must be safe for concurrent use.
type Clock = fault.Clock

// ManualClock is a Clock that moves only when it is told to.
type ManualClock = fault.ManualClock

// NewManualClock returns a clock that stands at the given time.
func NewManualClock(now time.Time) *ManualClock { return fault.NewManualClock(now) }

// Fault is one line of a script: which requests it is about, and what happens
// to them instead of the usual. Give it to Server.Fail.
type Fault = fault.Fault

// Call is one entry of Server.Journal: a request as it arrived, without its
// credentials, and the status of the answer.
type Call = fault.Call

// TB is the part of testing.TB that NewServer needs.
type TB = fault.TB

// Server is a NetBox in memory. It is an http.Handler and safe for concurrent
// use. Make one with New or NewServer.
//
// The embedded harness has the script of faults (Fail, ClearFaults), the
// journal of requests (Journal, ResetJournal, Requests), the clock (Now,
// SetClock), the ways in without a socket (Transport, Client) and Listen, which
// serves on an address such as "127.0.0.1:8080" until it is stopped.
type Server struct {
	*fault.Harness

	// URL is the address of a server made by NewServer, without a slash at its
	// end; "" for one made by New.
	URL string

	opts   Options
	schema *schema
	plans  []*plan

	mu        sync.RWMutex
	tokens    []Token
	tables    []*table
	changes   []*change
	lastID    int64 // of the change log
	lastStamp int64
	requests  atomic.Uint64
	gen       uint64 // grows with every change
	undo      []undo
	inTx      bool
	writer    *Token   // whose request is being written
	events    []*event // of the transaction
	hooks     hooks
	queue     []*task      // background jobs, oldest first
	waiting   atomic.Int64 // their number
	quiet     bool         // writes leave no trace in the change log
	fixed     int64        // while a server is filled: the time of the next stamp

	customs map[string][]*row         // custom fields by type
	tagged  map[int64]int             // tag -> objects that have it
	racked  map[int64][]int64         // rack -> devices in it
	pointed map[attachment]int        // how many rows of a type are attached to an object
	wired   map[point]wire            // the cable at an object
	hosts   map[string]map[int64]bool // address without mask -> rows

	preferIPv4 bool
	sortMu     sync.Mutex // guards table.sorted
}

// undo is how to take one step of a transaction back.
type undo struct {
	t   *table
	id  int64
	old *row
}

// New makes an empty NetBox. It returns an error for an unknown version or a
// malformed token.
func New(o Options) (*Server, error) {
	v, err := parseVersion(o.Version)
	if err != nil {
		return nil, err
	}
	o.defaults()
	s := &Server{opts: o, schema: newSchema(v), tokens: o.Tokens, preferIPv4: o.PreferIPv4}
	s.Harness = fault.NewHarness(http.HandlerFunc(s.serve), o.Clock)
	if err := s.addChoices(o.Choices); err != nil {
		return nil, err
	}
	if err := checkTokens(o.Tokens); err != nil {
		return nil, err
	}
	for _, r := range s.schema.all {
		s.tables = append(s.tables, newTable(r))
		s.plans = append(s.plans, newPlan(r, v))
	}
	s.reindex()
	s.listTypes()
	s.enroll(Token{})
	for _, t := range o.Tokens {
		s.enroll(t)
	}
	return s, nil
}

// NewServer makes an empty NetBox that listens on a free loopback port until
// the test ends; its address is Server.URL. A mistake in the options ends the
// test.
func NewServer(tb TB, o Options) *Server {
	tb.Helper()
	s, err := New(o)
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

func (o *Options) defaults() {
	if o.PageSize <= 0 {
		o.PageSize = 50
	}
	if o.MaxPageSize == 0 {
		o.MaxPageSize = 1000
	}
	if o.MaxRequestLine == 0 {
		o.MaxRequestLine = 4094
	}
	if o.MaxBody == 0 {
		o.MaxBody = 25 << 20
	}
	if o.Tokens == nil {
		o.Tokens = []Token{{Key: AdminToken, User: "admin"}, {Key: AdminTokenV2, User: "admin"}}
	}
}

// Version is the NetBox version that the server is, such as "4.7".
func (s *Server) Version() string { return releases[s.schema.v].name }

// put stores a row (nil removes it) and keeps every index. Inside a
// transaction it can be taken back.
func (s *Server) put(t *table, id int64, r *row) {
	old := t.put(id, r)
	s.gen++
	if s.inTx {
		s.undo = append(s.undo, undo{t, id, old})
	}
	s.track(t, old, r)
}

// track keeps the indexes that span types.
func (s *Server) track(t *table, old, r *row) {
	if old != nil {
		for _, tag := range old.tags {
			if s.tagged[tag]--; s.tagged[tag] <= 0 {
				delete(s.tagged, tag)
			}
		}
	}
	if r != nil {
		for _, tag := range r.tags {
			s.tagged[tag]++
		}
	}
	if t.res.points != nil {
		s.trackPoint(old, -1)
		s.trackPoint(r, 1)
	}
	switch t.res.model {
	case "dcim.cable":
		s.trackCable(old, r)
	case "extras.customfield":
		s.sortCustomFields()
	case "dcim.device":
		s.trackRack(old, r)
	case "ipam.ipaddress":
		s.trackAddress(old, -1)
		s.trackAddress(r, 1)
	}
}

func (s *Server) trackRack(old, r *row) {
	was, is := int64(0), int64(0)
	if old != nil {
		was = old.to("rack")
	}
	if r != nil {
		is = r.to("rack")
	}
	if was == is {
		return
	}
	if was != 0 {
		s.racked[was] = slices.DeleteFunc(s.racked[was], func(id int64) bool { return id == old.id })
	}
	if is != 0 {
		s.racked[is] = append(s.racked[is], r.id)
	}
}

func (s *Server) trackAddress(r *row, by int) {
	if r == nil {
		return
	}
	host := hostOf(r.str("address"))
	if by < 0 {
		delete(s.hosts[host], r.id)
		return
	}
	if s.hosts[host] == nil {
		s.hosts[host] = map[int64]bool{}
	}
	s.hosts[host][r.id] = true
}

func (s *Server) inRack(id int64) []int64 { return s.racked[id] }

// reindex rebuilds the indexes that span types.
func (s *Server) reindex() {
	s.tagged, s.racked = map[int64]int{}, map[int64][]int64{}
	s.pointed, s.wired = map[attachment]int{}, map[point]wire{}
	s.hosts = map[string]map[int64]bool{}
	for _, t := range s.tables {
		for _, id := range t.ids {
			if t.res.model != "extras.customfield" {
				s.track(t, nil, t.rows[id])
			}
		}
	}
	s.sortCustomFields()
}

// transact runs a change that is kept whole or not at all.
func (s *Server) transact(fn func() *apiError) *apiError {
	s.inTx, s.undo, s.events = true, nil, nil
	logged, last := len(s.changes), s.lastID
	err := fn()
	s.inTx = false
	if err != nil {
		for _, u := range slices.Backward(s.undo) {
			was := u.t.put(u.id, u.old)
			s.gen++
			s.track(u.t, was, u.old)
		}
		s.changes, s.lastID = s.changes[:logged], last
		s.events = nil
	}
	for _, u := range s.undo {
		if u.old != nil && u.t.res.model == "users.token" && u.t.rows[u.id] == nil {
			s.dropToken(u.old.str("secret"))
		}
	}
	s.undo = nil
	s.flush()
	return err
}

// requestID makes the next request id. Ids look random and are the same in every run.
func (s *Server) requestID() string {
	return uuid(s.requests.Add(1))
}

// uuid spreads a number over a version 4 UUID (splitmix64).
func uuid(n uint64) string {
	mix := func(z uint64) uint64 {
		z += 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	a, b := mix(2*n), mix(2*n+1)
	a = a&^0xf000 | 0x4000
	b = b&^(3<<62) | 2<<62
	h := strconv.FormatUint(a, 16)
	for len(h) < 16 {
		h = "0" + h
	}
	l := strconv.FormatUint(b, 16)
	for len(l) < 16 {
		l = "0" + l
	}
	return h[:8] + "-" + h[8:12] + "-" + h[12:] + "-" + l[:4] + "-" + l[4:]
}

// display is the row's name for people; "None" for no row.
func (s *Server) display(r *row) string {
	if r == nil {
		return "None"
	}
	return r.res.display(s, r)
}

var _ http.Handler = (*Server)(nil)
