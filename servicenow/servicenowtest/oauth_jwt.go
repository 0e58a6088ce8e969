package servicenowtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the algorithms
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// jwtSkew is how far the clocks of caller and instance may differ (JWT API
// endpoint documentation).
const jwtSkew = 300 * time.Second

func errAssertion(why string) *oauthError {
	return &oauthError{http.StatusUnauthorized, "invalid_grant", "The assertion is not valid: " + why}
}

// assertion verifies a JWT and returns the user that it is about. The caller
// holds the lock of the tokens.
func (s *Server) assertion(client OAuthClient, text string, now time.Time) (user string, failure *oauthError) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return "", errAssertion("it is no signed JWT")
	}
	var head struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		ID       string `json:"jti"`
	}
	if !decodePart(parts[0], &head) || !decodePart(parts[1], &claims) {
		return "", errAssertion("it cannot be read")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !verify(head.Algorithm, client.Keys[head.KeyID], parts[0]+"."+parts[1], signature) {
		return "", errAssertion("the signature does not match")
	}
	expires := time.Unix(claims.Expires, 0)
	switch {
	case claims.Audience != client.ID:
		return "", errAssertion("aud is not the client id")
	case claims.Issuer != client.ID:
		return "", errAssertion("iss is not the client id")
	case claims.Expires == 0 || !now.Before(expires.Add(jwtSkew)):
		return "", errAssertion("it has expired")
	case claims.ID == "":
		return "", errAssertion("jti is missing")
	case s.accounts[claims.Subject] == nil:
		return "", errAssertion("sub is no user")
	}
	for id, until := range s.tokens.seen {
		if !now.Before(until) {
			delete(s.tokens.seen, id)
		}
	}
	if _, used := s.tokens.seen[claims.ID]; used {
		return "", errAssertion("jti was used before")
	}
	s.tokens.seen[claims.ID] = expires.Add(jwtSkew)
	return claims.Subject, nil
}

func decodePart(part string, into any) bool {
	data, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(data, into) == nil
}

// verify checks a signature of one of the six algorithms.
func verify(algorithm string, key crypto.PublicKey, text string, signature []byte) bool {
	if len(algorithm) != 5 {
		return false
	}
	hash, ok := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[algorithm[2:]]
	if !ok {
		return false
	}
	hasher := hash.New()
	hasher.Write([]byte(text))
	sum := hasher.Sum(nil)
	switch public := key.(type) {
	case *rsa.PublicKey:
		return algorithm[:2] == "RS" && rsa.VerifyPKCS1v15(public, hash, sum, signature) == nil
	case *ecdsa.PublicKey:
		bits := map[string]int{"ES256": 256, "ES384": 384, "ES512": 521}[algorithm]
		size := (bits + 7) / 8
		if bits == 0 || public.Curve.Params().BitSize != bits || len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(public, sum, r, s)
	}
	return false
}
