package servicenowtest

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The headers of sessions.
const (
	userToken         = "X-UserToken"
	userTokenResponse = "X-UserToken-Response"
)

// mostSessions is how many sessions an instance keeps; the oldest go first.
const mostSessions = 1000

// sessions are those that cookies continue. A request with credentials begins
// one, unless it brings the cookie of a session of the same user. A request
// with that cookie and without credentials must carry the session's token in
// X-UserToken, against forged requests; without it the answer is 401 although
// X-Is-Logged-In is true, and X-UserToken-Response tells the token (community
// posts and KB0565021; how general that is, is not known). The ids are not
// secret: they only count.
type sessions struct {
	mu     sync.Mutex
	serial uint64
	byID   map[string]*session
	oldest []string
}

type session struct {
	id, user, token string
	used            time.Time
	turns           turns
}

// EndSessions ends every session, as the restart of a node does.
func (s *Server) EndSessions() {
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	clear(s.sessions.byID)
	s.sessions.oldest = nil
}

// signIn finds who a request comes from, and in which session. It sets the
// headers that tell.
func (s *Server) signIn(r *http.Request, header http.Header) (*account, *session) {
	caller, current := s.current(s.authenticate(r)), s.sessions.find(r, s.Now(), cmp.Or(s.options.SessionIdle, 30*time.Minute))
	if caller == nil && current != nil && r.Header.Get("Authorization") == "" {
		header.Set("X-Is-Logged-In", "true")
		if r.Header.Get(userToken) != current.token {
			header.Set(userTokenResponse, current.token)
			return nil, nil
		}
		return s.current(s.accounts[current.user]), current
	}
	header.Set("X-Is-Logged-In", strconv.FormatBool(caller != nil))
	if caller != nil && (current == nil || current.user != caller.Name) {
		current = s.sessions.begin(caller.Name, s.options.Seed, s.Now())
		current.announce(header, originOf(r))
	}
	return caller, current
}

// find returns the session that a request continues, or nil.
func (t *sessions) find(r *http.Request, now time.Time, idle time.Duration) *session {
	cookie, err := r.Cookie("JSESSIONID")
	if err != nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.byID[cookie.Value]
	if found == nil {
		return nil
	}
	if now.Sub(found.used) >= idle {
		delete(t.byID, found.id)
		return nil
	}
	found.used = now
	return found
}

func (t *sessions) begin(user string, seed uint64, now time.Time) *session {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.serial++
	n := seed + t.serial
	made := &session{
		id: fmt.Sprintf("%016X%016X", mix(n), mix(^n)), token: fmt.Sprintf("%016x%016x%016x", mix(n+1), mix(^n+1), mix(n+2)), user: user, used: now,
	}
	if t.byID == nil {
		t.byID = map[string]*session{}
	}
	t.byID[made.id] = made
	if t.oldest = append(t.oldest, made.id); len(t.oldest) > mostSessions {
		delete(t.byID, t.oldest[0])
		t.oldest = t.oldest[1:]
	}
	return made
}

// announce sets the cookies of a new session: those that recorded answers show.
// The cookies of a user who is to be remembered are taken back. Their values but
// the first carry no meaning here.
func (t *session) announce(header http.Header, origin string) {
	secure := ""
	if strings.HasPrefix(origin, "https:") {
		secure = "; SameSite=None; Secure"
	}
	for _, cookie := range []string{
		"JSESSIONID=" + t.id + "; Path=/; HttpOnly",
		"glide_user=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:10 GMT; Path=/; HttpOnly",
		"glide_user_session=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:10 GMT; Path=/; HttpOnly",
		"glide_user_route=glide." + strings.ToLower(t.id) + "; Max-Age=2147483647; Path=/; HttpOnly",
		"glide_session_store=" + t.id[:32] + "; Max-Age=1800; Path=/; HttpOnly",
		"BIGipServerpool_dev=" + strings.ToLower(t.id[:16]) + "; Path=/; HttpOnly",
	} {
		header.Add("Set-Cookie", cookie+secure)
	}
}
