package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The headers of standard-webhooks.
const (
	StandardIDHeader        = "webhook-id"
	StandardTimestampHeader = "webhook-timestamp"
	StandardSignatureHeader = "webhook-signature"
)

// standardPrefix marks secrets, standardVersion symmetric signatures.
const (
	standardPrefix  = "whsec_"
	standardVersion = "v1"
)

// Standard verifies webhooks that follow the standard-webhooks specification 1.0.0
// with symmetric signatures: HMAC-SHA256 over id, time and body, in base64 behind
// "v1,"; the header may hold several signatures, of which one must match. Others, such
// as the asymmetric "v1a", are passed over. An id with a full stop is refused, as the
// specification warns, for it could move the border between what was signed.
type Standard struct {
	// Secrets are the keys in base64, with or without "whsec_" before them.
	Secrets []Secret
	// Tolerance is how far the time may be from now, before or after, inclusive.
	// 0 means DefaultTolerance.
	Tolerance time.Duration
}

// Verifier makes the verifier. It is an error when there is no secret, or one that is
// empty or no base64, and when the tolerance is negative.
func (s Standard) Verifier() (Verifier, error) {
	limit, err := tolerance("standard", s.Tolerance)
	if err != nil {
		return Verifier{}, err
	}
	keys, err := s.keys()
	if err != nil {
		return Verifier{}, err
	}
	return Verifier{func(header Header, body []byte, now time.Time) (Result, error) {
		id, stamp, list := header.get(StandardIDHeader), header.get(StandardTimestampHeader), header.get(StandardSignatureHeader)
		switch {
		case id == "":
			return Result{}, fmt.Errorf("%w: %s", ErrMissing, StandardIDHeader)
		case strings.Contains(id, "."):
			return Result{}, fmt.Errorf("%w: %s has a full stop", ErrMalformed, StandardIDHeader)
		case list == "":
			return Result{}, fmt.Errorf("%w: %s", ErrMissing, StandardSignatureHeader)
		}
		at, err := seconds(StandardTimestampHeader, stamp)
		if err != nil {
			return Result{}, err
		}
		secret := matchStandard(list, standardMACs(keys, id, stamp, body))
		if secret < 0 {
			return Result{}, fmt.Errorf("%w: %s", ErrMismatch, StandardSignatureHeader)
		}
		if err := within(at, now, limit); err != nil {
			return Result{}, err
		}
		return Result{Method: "standard", Secret: secret, ID: id, At: at}, nil
	}}, nil
}

func (s Standard) keys() ([][]byte, error) {
	if err := checkSecrets("standard", s.Secrets); err != nil {
		return nil, err
	}
	keys := make([][]byte, len(s.Secrets))
	for i, secret := range s.Secrets {
		text := strings.TrimRight(strings.TrimPrefix(string(secret), standardPrefix), "=")
		key, err := base64.RawStdEncoding.DecodeString(text)
		if err != nil || len(key) == 0 {
			return nil, fmt.Errorf("webhook: standard: secret %d is no base64: use it as it was given, %s included", i, standardPrefix)
		}
		keys[i] = key
	}
	return keys, nil
}

func standardMACs(keys [][]byte, id, stamp string, body []byte) [][]byte {
	all := make([][]byte, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		all[i] = mac.Sum(nil)
	}
	return all
}

// matchStandard compares each signature of the list with each that is wanted.
func matchStandard(list string, wanted [][]byte) int {
	found := -1
	for signature := range strings.FieldsSeq(list) {
		version, text, _ := strings.Cut(signature, ",")
		if version != standardVersion {
			continue
		}
		if given, ok := decodeBase64(text, sha256.Size); ok {
			if i := match(given, wanted); i >= 0 && found < 0 {
				found = i
			}
		}
	}
	return found
}

// Sign returns the headers that a sender sends: one signature for each secret, so
// that receivers can change theirs at leisure. It is for senders of your own and for
// tests. A Standard for which Verifier returns an error, an empty id and one with a
// full stop sign nothing.
func (s Standard) Sign(id string, body []byte, at time.Time) map[string]string {
	keys, err := s.keys()
	if err != nil || id == "" || strings.Contains(id, ".") {
		return nil
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(keys))
	for i, sum := range standardMACs(keys, id, stamp, body) {
		signatures[i] = standardVersion + "," + base64.StdEncoding.EncodeToString(sum)
	}
	return map[string]string{
		StandardIDHeader: id, StandardTimestampHeader: stamp, StandardSignatureHeader: strings.Join(signatures, " "),
	}
}
