package rest

import (
	"errors"
	"net/http"
	"net/url"
)

const maxRedirects = 10

var errRedirect = errors.New("not followed")

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
		r.failure = redirectFailure(req.URL)
	case len(via) >= maxRedirects:
		r.failure = &Failure{Kind: ErrRedirect, Message: "the server redirects in a circle"}
	case c.cfg.HTTPClient != nil && c.cfg.HTTPClient.CheckRedirect != nil:
		if err := c.cfg.HTTPClient.CheckRedirect(req, via); err != nil {
			r.failure = redirectFailure(req.URL)
			r.failure.Err = bare(err)
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

// redirectFailure names where the server points to, without path and query.
func redirectFailure(to *url.URL) *Failure {
	return &Failure{
		Kind:    ErrRedirect,
		Message: "the server points to " + to.Scheme + "://" + to.Host + ", which was not followed; if that is the right address, make it the BaseURL",
	}
}

// isBase reports whether a URL is on the base URL's scheme and host, the only
// place that may see credentials.
func (c *Client) isBase(u *url.URL) bool {
	return u.Scheme == c.base.Scheme && u.Host == c.base.Host
}
