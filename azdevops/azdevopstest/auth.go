package azdevopstest

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// userOf finds whom a request comes from: a token as a Basic password, whatever
// the user name, or as a Bearer token. Nil for nobody.
func (s *Server) userOf(r *http.Request) *User {
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch strings.ToLower(scheme) {
	case "bearer":
		return s.tokenUser(strings.TrimSpace(value))
	case "basic":
		text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
		if err != nil {
			return nil
		}
		_, token, _ := strings.Cut(string(text), ":")
		return s.tokenUser(token)
	}
	return nil
}

// tokenUser is whom a token stands for: a user, or the job of a pipeline.
func (s *Server) tokenUser(token string) *User {
	if u := s.users[token]; u != nil {
		return u
	}
	return s.jobUser(token)
}

// signIn is what the service answers a bad token with: a page, and a status that
// is none of an error. A server of one's own answers 401.
func (s *Server) signIn() answer {
	if s.options.OnPremises {
		return answer{
			status: http.StatusUnauthorized, header: http.Header{"Content-Type": {"text/html"}, "Www-Authenticate": {"Bearer", `Basic realm="tfs"`, "NTLM"}},
			raw: []byte("<!DOCTYPE html><html><head><title>401 - Unauthorized: Access is denied due to invalid credentials.</title></head></html>"),
		}
	}
	return answer{status: http.StatusNonAuthoritativeInfo, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, raw: signInPage}
}

var signInPage = []byte("<!DOCTYPE html>\r\n<html lang=\"en-US\"><head><title>Azure DevOps Services | Sign In</title></head><body>Sign In</body></html>")

// mailOf makes an address of a name.
func mailOf(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.com"
}

// identity is a user as the API writes it.
func identity(name, mail string) map[string]any {
	return map[string]any{
		"displayName": name, "uniqueName": mail, "id": guidOf("user " + mail),
		"descriptor": "aad." + strings.ReplaceAll(guidOf("user "+mail), "-", ""),
	}
}

func (u *User) identity() map[string]any { return identity(u.Name, u.Mail) }
