package servicenow_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/servicenow"
	"github.com/itsmkit/itsmkit/servicenow/servicenowtest"
)

// tap notes what each request carries: C the credential, S a session cookie, T
// the session's token; and the status that came back.
type tap struct {
	next   http.RoundTripper
	header string // of the credential
	change func(*http.Response)

	mu       sync.Mutex
	log      []string
	inFlight int
	most     int
}

func (p *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	p.inFlight++
	p.most = max(p.most, p.inFlight)
	p.mu.Unlock()
	resp, err := p.next.RoundTrip(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	if err != nil {
		return nil, err
	}
	line := ""
	for letter, carried := range map[string]bool{
		"C": r.Header.Get(p.header) != "", "S": strings.Contains(r.Header.Get("Cookie"), "JSESSIONID="), "T": r.Header.Get("X-UserToken") != "",
	} {
		if carried {
			line += letter
		}
	}
	letters := ""
	for _, letter := range "CST" {
		if strings.ContainsRune(line, letter) {
			letters += string(letter)
		}
	}
	p.log = append(p.log, fmt.Sprintf("%s%d", letters, resp.StatusCode))
	if p.change != nil {
		p.change(resp)
	}
	return resp, nil
}

// seen returns what was noted since it was last asked.
func (p *tap) seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := strings.Join(p.log, " ")
	p.log = nil
	return line
}

func startSession(t *testing.T, options servicenowtest.Options, config servicenow.Config) (*servicenowtest.Server, *servicenow.Client, *tap) {
	t.Helper()
	server, err := servicenowtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{next: server.Transport(), header: "Authorization"}
	config.Session, config.HTTPClient = true, &http.Client{Transport: p}
	if config.BaseURL == "" {
		config.BaseURL = "acme"
	}
	if config.Auth.String() == "Auth(none)" {
		config.Auth = servicenow.BasicAuth(servicenowtest.DefaultUser, servicenowtest.DefaultPassword)
	}
	client, err := servicenow.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return server, client, p
}

func createIncident(t *testing.T, client *servicenow.Client) servicenow.Record {
	t.Helper()
	row, err := servicenow.TableOf[servicenow.Record](client, "incident").Create(t.Context(), map[string]any{"short_description": "x"})
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// The credential goes out once; then cookies and, when the instance asks for it
// by a 401, the token against forged requests. A write that was refused for
// want of the token is written once.
func TestSessionSignsInOnce(t *testing.T) {
	server, client, p := startSession(t, servicenowtest.Options{}, servicenow.Config{})
	var meta servicenow.Response
	for range 3 {
		createIncident(t, client)
	}
	if _, err := servicenow.TableOf[servicenow.Record](client, "incident").List(t.Context(), servicenow.Query{}, servicenow.Meta(&meta)); err != nil {
		t.Fatal(err)
	}
	if got := p.seen(); got != "C201 S401 ST201 ST201 ST200" {
		t.Errorf("requests carried %s", got)
	}
	if n := server.Count("incident"); n != 3 {
		t.Errorf("%d incidents", n)
	}
	if meta.Attempts != 1 || meta.Header.Get("Set-Cookie") != "" {
		t.Errorf("meta %+v", meta)
	}
}

// When the session is lost, one new sign-in follows, and the refused request is
// repeated in it.
func TestSessionIsRenewedOnce(t *testing.T) {
	server, client, p := startSession(t, servicenowtest.Options{}, servicenow.Config{})
	createIncident(t, client)
	createIncident(t, client)
	p.seen()
	server.EndSessions()
	createIncident(t, client)
	createIncident(t, client)
	if got := p.seen(); got != "ST401 C201 S401 ST201" {
		t.Errorf("requests carried %s", got)
	}
	if n := server.Count("incident"); n != 4 {
		t.Errorf("%d incidents", n)
	}
}

// Calls are sent one after the other, whoever makes them.
func TestSessionSendsOneAtATime(t *testing.T) {
	server, client, p := startSession(t, servicenowtest.Options{}, servicenow.Config{})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { createIncident(t, client) })
	}
	all.Wait()
	if p.most != 1 || server.Count("incident") != 16 {
		t.Errorf("%d requests at once, %d incidents", p.most, server.Count("incident"))
	}
}

// Each client has a session of its own, and whatever the scheme of the
// credential, it stays at home while the session lives.
func TestSessionOfEveryCredential(t *testing.T) {
	options := servicenowtest.Options{
		APIKeys:      []servicenowtest.APIKey{{Key: "key", User: "admin"}},
		OAuthClients: []servicenowtest.OAuthClient{{ID: "id", Secret: "secret", User: "admin"}},
	}
	server, err := servicenowtest.New(options)
	if err != nil {
		t.Fatal(err)
	}
	for name, auth := range map[string]servicenow.Auth{
		"Authorization": servicenow.ClientCredentials(servicenow.OAuth{ClientID: "id", ClientSecret: "secret"}), "X-Sn-Apikey": servicenow.APIKey("", "", "key"),
	} {
		p := &tap{next: server.Transport(), header: name}
		client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: auth, Session: true, HTTPClient: &http.Client{Transport: p}})
		if err != nil {
			t.Fatal(err)
		}
		createIncident(t, client)
		createIncident(t, client)
		if got := strings.TrimPrefix(p.seen(), "200 "); got != "C201 S401 ST201" { // the token endpoint first
			t.Errorf("%s: requests carried %s", name, got)
		}
	}
}

// What goes wrong ends: a wrong password, an instance that always wants another
// token, one that sets no cookies.
func TestSessionThatCannotBegin(t *testing.T) {
	_, client, p := startSession(t, servicenowtest.Options{}, servicenow.Config{Auth: servicenow.BasicAuth("admin", "wrong")})
	table := servicenow.TableOf[servicenow.Record](client, "incident")
	if _, err := table.List(t.Context(), servicenow.Query{}); !errors.Is(err, servicenow.ErrUnauthorized) {
		t.Errorf("wrong password: %v", err)
	}
	if got := p.seen(); got != "C401" {
		t.Errorf("wrong password: %s", got)
	}

	_, client, p = startSession(t, servicenowtest.Options{}, servicenow.Config{})
	p.change = func(r *http.Response) { r.Header.Del("Set-Cookie") }
	createIncident(t, client)
	createIncident(t, client)
	if got := p.seen(); got != "C201 C201" {
		t.Errorf("without cookies: %s", got)
	}

	const token = "t0ken-that-nobody-may-see"
	sent := 0
	client, err := servicenow.New(servicenow.Config{BaseURL: "acme", Auth: servicenow.BasicAuth("a", "b"), Session: true, HTTPClient: &http.Client{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			header := http.Header{"X-Usertoken-Response": {token}, "Content-Type": {"application/json"}, "Set-Cookie": {"JSESSIONID=" + token}}
			if sent == 1 {
				return &http.Response{StatusCode: 200, Header: header, Body: body(`{"result":[]}`)}, nil
			}
			return &http.Response{StatusCode: 401, Header: header, Body: body(`{"error":{"message":"no"}}`)}, nil
		}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	table = servicenow.TableOf[servicenow.Record](client, "incident")
	if _, err := table.List(t.Context(), servicenow.Query{}); err != nil {
		t.Fatal(err)
	}
	var meta servicenow.Response
	_, err = table.List(t.Context(), servicenow.Query{}, servicenow.Meta(&meta))
	if !errors.Is(err, servicenow.ErrUnauthorized) || sent != 4 {
		t.Errorf("after %d requests: %v", sent, err)
	}
	for what, text := range map[string]string{"the error": fmt.Sprintf("%+v %#v", err, err), "the client": fmt.Sprintf("%+v %#v", client, client), "Meta": fmt.Sprint(meta)} {
		if strings.Contains(text, token) {
			t.Errorf("%s shows the token: %s", what, text)
		}
	}
}

// A streamed upload cannot be repeated, so it carries the credential beside the
// cookies: it gets through although the session is lost. A download is in the
// session.
func TestSessionStreams(t *testing.T) {
	server, client, p := startSession(t, servicenowtest.Options{}, servicenow.Config{})
	incident := createIncident(t, client)
	createIncident(t, client)
	server.EndSessions()
	p.seen()
	made, err := client.Attachments.Upload(t.Context(), servicenow.File{
		Table: "incident", SysID: incident.SysID(), Name: "a.txt", ContentType: "text/plain", Size: 5, Open: func() (io.ReadCloser, error) { return body("hello"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := client.Attachments.Download(t.Context(), made.SysID, &got); err != nil || got.String() != "hello" {
		t.Errorf("%q, %v", got.String(), err)
	}
	if log := p.seen(); !strings.HasPrefix(log, "CST201 ST401 ST200") {
		t.Errorf("requests carried %s", log)
	}
}

func TestSessionKeepsToItsContext(t *testing.T) {
	server, client, _ := startSession(t, servicenowtest.Options{}, servicenow.Config{})
	createIncident(t, client)
	server.EndSessions()
	server.Fail(servicenowtest.Fault{Delay: time.Hour}.OnCall(2)) // the new sign-in hangs
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := servicenow.TableOf[servicenow.Record](client, "incident").List(ctx, servicenow.Query{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestSessionConfig(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for want, config := range map[string]servicenow.Config{
		"Concurrency must be": {Concurrency: 4}, "must be 0 or 1": {Concurrency: -1}, "Jar empty": {HTTPClient: &http.Client{Jar: jar}},
	} {
		config.BaseURL, config.Session = "acme", true
		if _, err := servicenow.New(config); err == nil || !strings.HasPrefix(err.Error(), "servicenow: Session: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := servicenow.New(servicenow.Config{BaseURL: "acme", Session: true, Concurrency: 1}); err != nil {
		t.Error(err)
	}
}
