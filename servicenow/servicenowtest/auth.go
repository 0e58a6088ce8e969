package servicenowtest

import (
	"cmp"
	"crypto/subtle"
	"net/http"
	"strings"
)

// authenticate returns the account of a request, or nil. It takes Basic
// authentication, access tokens of oauth_token.do, API keys and client
// certificates, in this order.
func (s *Server) authenticate(r *http.Request) *account {
	if name, password, ok := r.BasicAuth(); ok {
		a := s.accounts[name]
		if a == nil || a.Password != password {
			return nil
		}
		if allow := s.options.AllowBasicAuth; allow != nil && !allow(name) {
			return nil
		}
		return a
	}
	if value, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return s.bearer(value)
	}
	for _, key := range s.options.APIKeys {
		sent := r.Header.Get(cmp.Or(key.Header, "x-sn-apikey"))
		if sent != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(key.Prefix+key.Key)) == 1 {
			return s.accounts[key.User]
		}
	}
	if user := s.options.CertificateUser; user != nil && r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		return s.accounts[user(r.TLS.PeerCertificates[0])]
	}
	return nil
}
