package servicenow

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of the algorithms
	_ "crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"time"
)

// JWT says how the assertions of [JWTBearer] are made. It prints redacted.
type JWT struct {
	// Key signs: an *rsa.PrivateKey, an *ecdsa.PrivateKey, or any other
	// crypto.Signer with a public key of those kinds, so that a key may stay in
	// a hardware module.
	Key crypto.Signer
	// Algorithm is RS256, RS384, RS512, ES256, ES384 or ES512. "" takes RS256
	// for RSA, and for ECDSA the one that belongs to the key's curve.
	Algorithm string
	// KeyID is the kid of the JWT verifier map in the instance. "": none.
	KeyID string
	// Subject names the user to act as, by the field that the instance's OAuth
	// entity looks up (mostly the e-mail address or the user name). Required.
	Subject string
	// Issuer and Audience are both the client id unless set.
	Issuer, Audience string
	// Life is how long an assertion is good. 0: 5 minutes, which is also how
	// far the platform lets the clocks differ.
	Life time.Duration
	// Claims adds further claims. Those that the grant sets itself win.
	Claims map[string]any
}

// Format prints no secret, whatever the verb.
func (j JWT) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "servicenow.JWT(redacted)") }

type algorithm struct {
	hash  crypto.Hash
	curve int // bits of an ECDSA key's curve; 0 for RSA
}

var algorithms = map[string]algorithm{
	"RS256": {crypto.SHA256, 0}, "RS384": {crypto.SHA384, 0}, "RS512": {crypto.SHA512, 0},
	"ES256": {crypto.SHA256, 256}, "ES384": {crypto.SHA384, 384}, "ES512": {crypto.SHA512, 521},
}

// shortestRSA is the least key length that the algorithms allow, in bits
// (RFC 7518).
const shortestRSA = 2048

// jwtSigner is a JWT that was checked.
type jwtSigner struct {
	jwt       JWT
	algorithm algorithm
}

// signer checks everything but the signing itself.
func (j JWT) signer(clientID string) (*jwtSigner, error) {
	if j.Key == nil {
		return nil, errors.New("field Key is nil: give the private key whose certificate the instance has")
	}
	bits := 0
	switch public := j.Key.Public().(type) {
	case *rsa.PublicKey:
		if public.N.BitLen() < shortestRSA {
			return nil, fmt.Errorf("field Key has %d bits: RSA keys need %d or more", public.N.BitLen(), shortestRSA)
		}
	case *ecdsa.PublicKey:
		bits = public.Curve.Params().BitSize
	default:
		return nil, errors.New("field Key is neither RSA nor ECDSA")
	}
	if j.Algorithm == "" {
		j.Algorithm = map[int]string{0: "RS256", 256: "ES256", 384: "ES384", 521: "ES512"}[bits]
	}
	a, known := algorithms[j.Algorithm]
	switch {
	case !known:
		return nil, fmt.Errorf("field Algorithm %q is not one of RS256, RS384, RS512, ES256, ES384, ES512", j.Algorithm)
	case a.curve != bits:
		return nil, fmt.Errorf("field Algorithm %s does not fit the Key", j.Algorithm)
	case j.Subject == "":
		return nil, errors.New("field Subject is empty: name the user to act as")
	case j.Life < 0:
		return nil, errors.New("field Life is negative: use 0 for 5 minutes")
	}
	if j.Life == 0 {
		j.Life = 5 * time.Minute
	}
	if j.Issuer == "" {
		j.Issuer = clientID
	}
	if j.Audience == "" {
		j.Audience = clientID
	}
	if _, err := json.Marshal(j.Claims); err != nil {
		return nil, fmt.Errorf("field Claims: %w", err)
	}
	return &jwtSigner{j, a}, nil
}

// sign makes an assertion with a jti of its own.
func (s *jwtSigner) sign(now time.Time) (string, error) {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	head := map[string]string{"alg": s.jwt.Algorithm, "typ": "JWT"}
	if s.jwt.KeyID != "" {
		head["kid"] = s.jwt.KeyID
	}
	claims := map[string]any{}
	maps.Copy(claims, s.jwt.Claims)
	maps.Copy(claims, map[string]any{
		"iss": s.jwt.Issuer, "sub": s.jwt.Subject, "aud": s.jwt.Audience,
		"iat": now.Unix(), "exp": now.Add(s.jwt.Life).Unix(), "jti": hex.EncodeToString(id[:]),
	})
	header, err := json.Marshal(head)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := encode64(header) + "." + encode64(payload)
	hasher := s.algorithm.hash.New()
	hasher.Write([]byte(text))
	signature, err := s.jwt.Key.Sign(rand.Reader, hasher.Sum(nil), s.algorithm.hash)
	if err != nil {
		return "", fmt.Errorf("the assertion could not be signed: %w", err)
	}
	if s.algorithm.curve != 0 {
		if signature, err = fixedSignature(signature, (s.algorithm.curve+7)/8); err != nil {
			return "", err
		}
	}
	return text + "." + encode64(signature), nil
}

// fixedSignature turns an ECDSA signature of a crypto.Signer, which is ASN.1,
// into the two numbers of fixed size that a JWT holds.
func fixedSignature(signature []byte, size int) ([]byte, error) {
	var parts struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &parts); err != nil || len(rest) > 0 ||
		parts.R.Sign() <= 0 || parts.S.Sign() <= 0 || parts.R.BitLen() > 8*size || parts.S.BitLen() > 8*size {
		return nil, errors.New("the key's signature is no ECDSA signature")
	}
	out := make([]byte, 2*size)
	parts.R.FillBytes(out[:size])
	parts.S.FillBytes(out[size:])
	return out, nil
}

func encode64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
