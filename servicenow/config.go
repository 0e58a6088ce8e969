package servicenow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/itsmkit/itsmkit/internal/rest"
)

// Config says which instance to talk to, and how. Only BaseURL is required.
// Zero means the default that each field documents, a negative number means
// none.
type Config struct {
	// BaseURL is the instance: its name ("acme", for
	// https://acme.service-now.com), its host, or a full URL with a path where
	// a proxy needs one. A trailing slash or /api/now is cut. http is used
	// only when it is written out.
	BaseURL string
	// Auth proves who the client is. Zero: anonymous.
	Auth Auth
	// HTTPClient gives the transport; it is never changed. Nil:
	// http.DefaultTransport, looked up at every attempt. Leave its Jar empty:
	// one session runs one transaction at a time.
	HTTPClient *http.Client
	// Limiter is asked before every attempt; *rate.Limiter is one. Share it
	// between clients of one instance. Nil admits all.
	Limiter Limiter
	// Concurrency is the number of requests in flight at once. 0: 4, which is
	// what one node of an instance serves integrations with by default; with
	// Session 1, and nothing else is allowed.
	Concurrency int
	// Session signs in once and stays in the session that the instance begins
	// then, instead of sending the credential with every request and beginning a
	// session each time. Its cookies and its token against forged requests
	// (X-UserToken) are kept in memory, by this client and for the instance's
	// host alone. Requests are sent one after the other, because one session runs
	// one transaction at a time, and its queue drops what does not fit. When the
	// session has ended, the client signs in once more by itself and repeats the
	// request that was refused. An upload from a stream carries the credential
	// too, for it could not be repeated. How instances hand out the token is read
	// from community posts, not verified on a real instance.
	Session bool
	// MaxRetries is how often a failed call is repeated. 0: 4.
	MaxRetries int
	// MaxBackoff is the longest wait before one repeat. 0: 30 s.
	MaxBackoff time.Duration
	// Timeout bounds one attempt, body included. 0: 60 s, the platform's own
	// limit on a request.
	Timeout time.Duration
	// Breaker is asked before every attempt; gobreaker's two-step circuit
	// breaker is one. Nil admits all.
	Breaker Breaker
	// OnAttempt is told about every attempt, redacted. Nil: nobody.
	OnAttempt func(context.Context, Attempt)
	// Logger gets attempts at debug level and repeats at warn level. Nil:
	// silent.
	Logger *slog.Logger
	// UserAgent is sent with every request. "": the library's name.
	UserAgent string
}

// Limiter admits attempts one by one; *rate.Limiter of golang.org/x/time fits. A
// limiter that also has Observe(status int, header http.Header) learns from
// every answer, and clients that share it share its pauses.
type Limiter = rest.Limiter

// Breaker stops calls to an instance that keeps failing. gobreaker's two-step
// circuit breaker fits: Allow either returns a function to be called once with
// the attempt's error, or the reason not to send.
type Breaker = rest.Breaker

// Attempt is what OnAttempt is told: operation (Op, Method, Path), Kind, Number,
// the waits before it (Pause, Slot, Limiter, Backoff), its Duration, Status and
// Outcome, and whether and when it is repeated (Retry, Next). It holds no
// header, no query, no body and no secret.
type Attempt = rest.Attempt

// Format prints the base URL and the scheme of authentication, never a secret,
// whatever the verb.
func (c Config) Format(s fmt.State, _ rune) {
	base, err := parseBase(c.BaseURL)
	if err != nil {
		base = "invalid BaseURL"
	}
	_, _ = fmt.Fprintf(s, "servicenow.Config{BaseURL: %s, Auth: %s}", base, c.Auth)
}

// retries is how often a failed call may be repeated.
func (c Config) retries() int {
	if c.MaxRetries == 0 {
		return rest.DefaultMaxRetries
	}
	return max(c.MaxRetries, 0)
}

// parseBase turns an instance name, a host or a URL into a base URL without a
// trailing slash.
func parseBase(raw string) (string, error) {
	text := strings.TrimSpace(raw)
	if text == "" {
		return "", errors.New(`BaseURL is empty: give the instance's name or URL, such as "https://acme.service-now.com"`)
	}
	if !strings.Contains(text, "://") {
		if strings.ContainsAny(text, "@?#\\ ") || strings.HasPrefix(text, "/") {
			return "", errors.New(`BaseURL is neither an instance name nor a URL: write "acme" or "https://acme.service-now.com"`)
		}
		if isInstanceName(strings.TrimRight(text, "/")) {
			text = strings.TrimRight(text, "/") + ".service-now.com"
		}
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		// The parser's own error would quote a password.
		return "", errors.New(`BaseURL is not a URL: write it as "https://acme.service-now.com"`)
	}
	switch {
	case u.User != nil:
		return "", errors.New("BaseURL holds a user or password: give them as Auth")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("BaseURL must begin with https:// or http://")
	case u.Hostname() == "":
		return "", errors.New("BaseURL names no host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("BaseURL holds a query or fragment: give the address only")
	}
	u.Host = strings.ToLower(u.Host)
	base := strings.TrimRight(u.String(), "/")
	return strings.TrimRight(strings.TrimSuffix(base, "/api/now"), "/"), nil
}

func isInstanceName(text string) bool {
	for i := range len(text) {
		ch := text[i]
		if (ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') && (ch != '-' || i == 0) {
			return false
		}
	}
	return text != "" && !strings.EqualFold(text, "localhost")
}
