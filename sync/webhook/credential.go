package webhook

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Basic verifies HTTP Basic credentials, which is how Azure DevOps service hooks
// prove themselves: they do not sign. The connection must be HTTPS.
type Basic struct {
	// User is the user name; it may be empty but has no colon.
	User string
	// Passwords are those of which one must match.
	Passwords []Secret
}

// AzureDevOps is how an Azure DevOps service hook with Basic authentication proves
// itself (003-12): it sends user name and password with each event, and signs nothing
// (Azure DevOps service hooks documentation).
func AzureDevOps(user string, passwords ...Secret) Basic {
	return Basic{User: user, Passwords: passwords}
}

// Verifier makes the verifier. It is an error when there is no password or an empty
// one, or when the user name has a colon.
func (b Basic) Verifier() (Verifier, error) {
	if strings.Contains(b.User, ":") {
		return Verifier{}, errors.New("webhook: basic: the user name has a colon, which ends a user name")
	}
	if err := checkSecrets("basic", b.Passwords); err != nil {
		return Verifier{}, err
	}
	credentials := make([]Secret, len(b.Passwords))
	for i, p := range b.Passwords {
		credentials[i] = Secret(b.User+":") + p
	}
	wanted := digests(credentials)
	return Verifier{func(header Header, _ []byte, _ time.Time) (Result, error) {
		const name = "Authorization"
		text := header.get(name)
		if text == "" {
			return Result{}, fmt.Errorf("%w: %s", ErrMissing, name)
		}
		scheme, encoded, _ := strings.Cut(text, " ")
		given, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if !strings.EqualFold(scheme, "Basic") || err != nil || len(given) == 0 {
			return Result{}, fmt.Errorf("%w: %s holds no Basic credentials", ErrMalformed, name)
		}
		return judge("basic", name, given, wanted)
	}}, nil
}

// StaticHeader verifies a header that always has one value: a token that the sender
// was configured with. The connection must be HTTPS.
type StaticHeader struct {
	// Header is the header's name.
	Header string
	// Values are the whole values of which one must match, such as "Bearer ...".
	// Case matters; space around does not.
	Values []Secret
}

// Verifier makes the verifier. It is an error when the header has no name, and when
// there is no value, or an empty one.
func (s StaticHeader) Verifier() (Verifier, error) {
	if s.Header == "" {
		return Verifier{}, errors.New("webhook: header: no header: name the one that holds the value")
	}
	trimmed := make([]Secret, len(s.Values))
	for i, v := range s.Values {
		trimmed[i] = Secret(strings.TrimSpace(string(v)))
	}
	if err := checkSecrets("header", trimmed); err != nil {
		return Verifier{}, err
	}
	name, wanted := s.Header, digests(trimmed)
	return Verifier{func(header Header, _ []byte, _ time.Time) (Result, error) {
		text := header.get(name)
		if text == "" {
			return Result{}, fmt.Errorf("%w: %s", ErrMissing, name)
		}
		return judge("header", name, []byte(text), wanted)
	}}, nil
}

// digests makes values of one length, so that comparing them tells no length.
func digests(secrets []Secret) [][]byte {
	all := make([][]byte, len(secrets))
	for i, s := range secrets {
		sum := sha256.Sum256([]byte(s))
		all[i] = sum[:]
	}
	return all
}

func judge(method, name string, given []byte, wanted [][]byte) (Result, error) {
	sum := sha256.Sum256(given)
	i := match(sum[:], wanted)
	if i < 0 {
		return Result{}, fmt.Errorf("%w: %s", ErrMismatch, name)
	}
	return Result{Method: method, Secret: i}, nil
}
