package servicenow

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
)

// session is the transport of a client with Config.Session. It stands before the
// caller's and presents each request under the session that the instance has
// given by its cookies: with them and the token against forged requests, without
// the credential. Requests have either of the two (ServiceNow community).
type session struct {
	base   *url.URL
	client *http.Client // the caller's; nil means http.DefaultTransport
	header string       // of the credential

	mu    sync.Mutex
	jar   *cookiejar.Jar
	live  bool
	token string
}

// newSession checks what a session cannot do with.
func newSession(config Config, base string) (*session, error) {
	switch {
	case config.Concurrency < 0 || config.Concurrency > 1:
		return nil, errors.New("servicenow: Session: Concurrency must be 0 or 1, because a session runs one transaction at a time")
	case config.HTTPClient != nil && config.HTTPClient.Jar != nil:
		return nil, errors.New("servicenow: Session: leave the HTTPClient's Jar empty, the client keeps the session's cookies itself")
	}
	u, err := url.Parse(base)
	if err != nil {
		return nil, err // parseBase has made it
	}
	s := &session{base: u, client: config.HTTPClient, header: http.CanonicalHeaderKey(cmp.Or(config.Auth.header, "Authorization"))}
	s.forget()
	return s, nil
}

// wrapped is the caller's client with the session before its transport.
func (s *session) wrapped() *http.Client {
	own := &http.Client{Transport: s}
	if s.client != nil {
		own.CheckRedirect, own.Timeout = s.client.CheckRedirect, s.client.Timeout
	}
	return own
}

// RoundTrip sends a request in the session, and once more when the session
// wants another token or has ended: a 401 refused it whatever its verb. A body
// that cannot be read twice goes with the credential beside the cookies.
func (s *session) RoundTrip(req *http.Request) (*http.Response, error) {
	if !strings.EqualFold(req.URL.Host, s.base.Host) {
		return s.next().RoundTrip(req) // never reached: the client stays on its host
	}
	once := req.Body != nil && req.Body != http.NoBody && req.GetBody == nil
	out, inside := s.dress(req, once)
	resp, err := s.next().RoundTrip(out)
	if err != nil {
		return nil, err
	}
	token := s.learn(resp)
	if resp.StatusCode != http.StatusUnauthorized || !inside {
		return resp, nil
	}
	if token {
		if resp, err = s.again(req, resp); err != nil || resp.StatusCode != http.StatusUnauthorized {
			return resp, err
		}
	}
	s.forget()
	return s.again(req, resp)
}

// again sends a request that was refused once more.
func (s *session) again(req *http.Request, refused *http.Response) (*http.Response, error) {
	_, _ = io.CopyN(io.Discard, refused.Body, 64<<10) // so that the connection can be used again
	_ = refused.Body.Close()
	out, _ := s.dress(req, false)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		out.Body = body
	}
	resp, err := s.next().RoundTrip(out)
	if err == nil {
		s.learn(resp)
	}
	return resp, err
}

// dress returns a copy of a request as it is to be sent, and whether it relies
// on the session alone.
func (s *session) dress(req *http.Request, once bool) (*http.Request, bool) {
	out := new(http.Request)
	*out = *req
	out.Header = maps.Clone(req.Header)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.live {
		return out, false
	}
	for _, cookie := range s.jar.Cookies(s.base) {
		out.AddCookie(cookie)
	}
	if s.token != "" {
		out.Header.Set("X-UserToken", s.token)
	}
	if !once {
		delete(out.Header, s.header)
	}
	return out, !once
}

// learn takes cookies and token out of an answer, and reports whether there was
// a token. The answer of who is not signed in begins no session.
func (s *session) learn(resp *http.Response) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := resp.Header.Get("X-UserToken-Response")
	if token != "" {
		s.token = token
		resp.Header.Del("X-UserToken-Response") // nobody else's business
	}
	signedIn := resp.StatusCode < 300 && resp.Header.Get("X-Is-Logged-In") != "false"
	if cookies := resp.Cookies(); len(cookies) > 0 && (signedIn || s.live && resp.StatusCode != http.StatusUnauthorized) {
		s.jar.SetCookies(s.base, cookies)
		s.live = len(s.jar.Cookies(s.base)) > 0
	}
	return token != ""
}

// forget ends the session on this side.
func (s *session) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jar, _ = cookiejar.New(nil) // never fails
	s.live, s.token = false, ""
}

// next is looked up at each attempt, as Config.HTTPClient promises.
func (s *session) next() http.RoundTripper {
	if s.client != nil && s.client.Transport != nil {
		return s.client.Transport
	}
	return http.DefaultTransport
}
