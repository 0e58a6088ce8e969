package azdevopstest

import (
	"net/http"
	"strings"
)

// releaseHost reports whether a request is for the address that it came to: with
// Options.SplitReleases classic releases are at one of their own, all else
// elsewhere. Where things are is told at both.
func (s *Server) releaseHost(q *request) bool {
	if !s.options.SplitReleases || len(q.area) == 0 || q.Method == http.MethodOptions {
		return true
	}
	switch strings.ToLower(q.area[0]) {
	case "resourceareas", "connectiondata":
		return true
	}
	return s.atReleases(q) == strings.EqualFold(q.area[0], "release")
}

// atReleases reports whether a request came to the address of releases.
func (s *Server) atReleases(q *request) bool {
	return strings.HasPrefix(q.Host, "vsrm.") || strings.Contains(q.Host, ".vsrm.") || s.releases.host != "" && q.Host == s.releases.host
}

// releasesAt is the address of releases that belongs to the one a request came
// to.
func (s *Server) releasesAt(q *request) string {
	scheme, rest, _ := strings.Cut(q.base, "://")
	host, path, _ := strings.Cut(rest, "/")
	switch {
	case s.releases.host != "":
		host = s.releases.host
	case strings.HasSuffix(host, ".visualstudio.com"):
		host = strings.Replace(host, ".", ".vsrm.", 1)
	default:
		host = "vsrm." + host
	}
	return scheme + "://" + host + "/" + path
}

// ListenReleases serves classic releases over TCP at an address of their own, for
// Options.SplitReleases, beside what Listen serves; empty means loopback and a
// free port. Clients that ask where releases are, are told this address from then
// on. It returns the address and a function that closes the listener and its
// connections.
func (s *Server) ListenReleases(address string) (baseURL string, stop func(), err error) {
	base, stop, err := s.harness.Listen(address)
	if err != nil {
		return "", stop, err
	}
	s.mu.Lock()
	_, s.releases.host, _ = strings.Cut(base, "://")
	s.mu.Unlock()
	return base + "/" + s.options.Organization, stop, nil
}
