package rest

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 10

var errRedirect = errors.New("not followed")

// follows reports whether redirects may be followed at all: net/http would turn
// a POST into a GET, even one that only asks.
func (r *run) follows() bool {
	return r.call.Kind == Read && (r.method == http.MethodGet || r.method == http.MethodHead)
}

// isRedirect reports whether an answer asks to be followed.
func isRedirect(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

// checkRedirect is asked by net/http before it follows a redirect, which it gets
// to see for reads only. It stays on the base URL's scheme and host, and leaves
// a veto to the caller's own CheckRedirect.
func (c *Client) checkRedirect(req *http.Request, via []*http.Request) error {
	r := runOf(req.Context())
	switch {
	case !c.isBase(req.URL):
		r.failure = &Failure{Kind: ErrRedirect, Message: c.pointsTo(req.URL.String())}
	case len(via) >= maxRedirects:
		r.failure = &Failure{Kind: ErrRedirect, Message: "the server redirects in a circle"}
	case c.cfg.HTTPClient != nil && c.cfg.HTTPClient.CheckRedirect != nil:
		if err := c.cfg.HTTPClient.CheckRedirect(req, via); err != nil {
			r.failure = &Failure{Kind: ErrRedirect, Message: "the HTTPClient's CheckRedirect forbids to follow", Err: bare(err)}
		}
	}
	if r.failure == nil {
		return nil
	}
	if req.Response != nil {
		r.failure.Status = req.Response.StatusCode
	}
	return errRedirect
}

// pointsTo names where a redirect that was not followed leads, without path and
// query.
func (c *Client) pointsTo(location string) string {
	to, err := c.base.Parse(location)
	switch {
	case location == "" || err != nil:
		return "the server points elsewhere, but does not say where"
	case c.isBase(to):
		return "the server points to another path, which is followed for reads only"
	}
	return "the server points to " + to.Scheme + "://" + to.Host +
		", which was not followed; if that is the right address, make it the BaseURL"
}

// isBase reports whether a URL is on the base URL's scheme and host, the only
// place that may see credentials.
func (c *Client) isBase(u *url.URL) bool {
	return u.Scheme == c.base.Scheme && port(u) == port(c.base) && strings.EqualFold(u.Hostname(), c.base.Hostname())
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
