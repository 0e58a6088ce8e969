package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // HMAC-SHA1 is not broken, and some senders know nothing else
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// Hash names the hash function of an HMAC.
type Hash string

// The hash functions.
const (
	SHA1   Hash = "sha1"
	SHA256 Hash = "sha256"
	SHA512 Hash = "sha512"
)

func (h Hash) function() func() hash.Hash {
	switch h {
	case SHA1:
		return sha1.New
	case SHA256:
		return sha256.New
	case SHA512:
		return sha512.New
	default:
		return nil
	}
}

// Encoding is how a signature is written. The zero value accepts both; they cannot be
// taken for one another, for their lengths differ.
type Encoding string

// The encodings. Hex digits may have either case; base64 may be padded or not, and
// use either alphabet.
const (
	HexOrBase64 Encoding = ""
	Hex         Encoding = "hex"
	Base64      Encoding = "base64"
)

// HMAC verifies a signature over the raw body.
type HMAC struct {
	// Header is the name of the header with the signature.
	Header string
	// Hash is the hash function; there is no default.
	Hash Hash
	// Encoding is how the signature is written.
	Encoding Encoding
	// Prefix may stand before the signature, such as "sha256="; it need not.
	Prefix string
	// Secrets are the keys, of which one must match. Their bytes are used as they
	// are.
	Secrets []Secret
	// TimestampHeader is the name of a header with the time of sending, in Unix
	// seconds. Where it is sent, what is signed is the time, a full stop and the
	// body, and the time must be within Tolerance of now. Without a name, the
	// body alone is signed, always. A body without a time that begins like a signed
	// time is refused, for it could be one.
	TimestampHeader string
	// RequireTimestamp refuses what comes without TimestampHeader.
	RequireTimestamp bool
	// Tolerance is how far the time may be from now, before or after, inclusive.
	// 0 means DefaultTolerance.
	Tolerance time.Duration
}

// NetBoxHeader is the header in which NetBox signs.
const NetBoxHeader = "X-Hook-Signature"

// NetBox is how NetBox signs a webhook that has a secret: HMAC-SHA512 over the raw
// body, as bare hex digits in X-Hook-Signature (measured on NetBox 4.7). It signs no
// time.
func NetBox(secrets ...Secret) HMAC {
	return HMAC{Header: NetBoxHeader, Hash: SHA512, Encoding: Hex, Secrets: secrets}
}

// The headers of ServiceNow's business rule.
const (
	ServiceNowHeader          = "X-ServiceNow-Signature"
	ServiceNowTimestampHeader = "X-ServiceNow-Timestamp"
)

// ServiceNow is how the business rule of [ServiceNowScript] signs (002-04):
// HMAC-SHA256 in X-ServiceNow-Signature, hex or base64, over the body, or over time
// and body where X-ServiceNow-Timestamp is sent. Set RequireTimestamp when all your
// rules send it: a body that is signed alone can be replayed.
func ServiceNow(secrets ...Secret) HMAC {
	return HMAC{Header: ServiceNowHeader, Hash: SHA256, Prefix: "sha256=", Secrets: secrets, TimestampHeader: ServiceNowTimestampHeader}
}

// InfrastructureEventHeader is the header in which infrastructure events are signed.
const InfrastructureEventHeader = "X-Signature"

// InfrastructureEvent is how infrastructure events are signed (000-02): HMAC-SHA256
// over the raw body in X-Signature, hex or base64, with or without "sha256=".
func InfrastructureEvent(secrets ...Secret) HMAC {
	return HMAC{Header: InfrastructureEventHeader, Hash: SHA256, Prefix: "sha256=", Secrets: secrets}
}

func (h HMAC) validate() error {
	const method = "hmac"
	switch {
	case h.Header == "":
		return errors.New("webhook: hmac: no header: name the one with the signature")
	case h.Hash.function() == nil:
		return fmt.Errorf("webhook: hmac: the hash %q is none of sha1, sha256, sha512", string(h.Hash))
	case h.Encoding != HexOrBase64 && h.Encoding != Hex && h.Encoding != Base64:
		return fmt.Errorf("webhook: hmac: the encoding %q is none of hex, base64", string(h.Encoding))
	case h.RequireTimestamp && h.TimestampHeader == "":
		return errors.New("webhook: hmac: a time is required but its header has no name: set TimestampHeader")
	}
	if _, err := tolerance(method, h.Tolerance); err != nil {
		return err
	}
	return checkSecrets(method, h.Secrets)
}

// Verifier makes the verifier. It is an error when there is no secret or an empty
// one, no header, or a setting that is unknown.
func (h HMAC) Verifier() (Verifier, error) {
	if err := h.validate(); err != nil {
		return Verifier{}, err
	}
	h.Secrets = append([]Secret(nil), h.Secrets...)
	h.Tolerance, _ = tolerance("hmac", h.Tolerance) // validated above
	return Verifier{h.verify}, nil
}

func (h HMAC) verify(header Header, body []byte, now time.Time) (Result, error) {
	text := header.get(h.Header)
	if text == "" {
		return Result{}, fmt.Errorf("%w: %s", ErrMissing, h.Header)
	}
	given, ok := h.decode(text)
	if !ok {
		return Result{}, fmt.Errorf("%w: %s is no %s signature", ErrMalformed, h.Header, h.Hash)
	}
	r := Result{Method: "hmac"}
	stamp := ""
	if h.TimestampHeader != "" {
		if stamp = header.get(h.TimestampHeader); stamp != "" || h.RequireTimestamp {
			at, err := seconds(h.TimestampHeader, stamp)
			if err != nil {
				return Result{}, err
			}
			r.At = at
		} else if stamped(body) {
			return Result{}, fmt.Errorf("%w: %s is missing and the body begins with a time", ErrMalformed, h.TimestampHeader)
		}
	}
	if r.Secret = match(given, h.macs(stamp, body)); r.Secret < 0 {
		return Result{}, fmt.Errorf("%w: %s", ErrMismatch, h.Header)
	}
	if stamp != "" {
		if err := within(r.At, now, h.Tolerance); err != nil {
			return Result{}, err
		}
	}
	return r, nil
}

// stamped reports whether a body begins with digits and a full stop, as what is
// signed together with a time does. No JSON object or list does.
func stamped(body []byte) bool {
	rest := bytes.TrimLeft(body, "0123456789")
	return len(rest) < len(body) && len(rest) > 0 && rest[0] == '.'
}

// macs gives the signature that each secret makes.
func (h HMAC) macs(stamp string, body []byte) [][]byte {
	all := make([][]byte, len(h.Secrets))
	for i, s := range h.Secrets {
		mac := hmac.New(h.Hash.function(), []byte(s))
		if stamp != "" {
			mac.Write([]byte(stamp + "."))
		}
		mac.Write(body)
		all[i] = mac.Sum(nil)
	}
	return all
}

func (h HMAC) decode(text string) ([]byte, bool) {
	if n := len(h.Prefix); n > 0 && len(text) >= n && strings.EqualFold(text[:n], h.Prefix) {
		text = text[n:]
	}
	size := h.Hash.function()().Size()
	if h.Encoding != Base64 && len(text) == hex.EncodedLen(size) {
		given, err := hex.DecodeString(text)
		return given, err == nil
	}
	if h.Encoding == Hex {
		return nil, false
	}
	return decodeBase64(text, size)
}

// decodeBase64 reads so many bytes, padded or not, of either alphabet.
func decodeBase64(text string, size int) ([]byte, bool) {
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	padded := base64.StdEncoding.EncodedLen(size)
	if len(text) == padded {
		text = strings.TrimRight(text, "=")
	}
	if len(text) != encoding.EncodedLen(size) { // line ends, which the decoder skips, make it longer
		return nil, false
	}
	given, err := encoding.Strict().DecodeString(text)
	return given, err == nil && len(given) == size
}

// Sign returns the headers that a sender with the first secret sends, for senders of
// your own and for tests. With a TimestampHeader, at is signed too. An HMAC for which
// Verifier returns an error signs nothing.
func (h HMAC) Sign(body []byte, at time.Time) map[string]string {
	if h.validate() != nil {
		return nil
	}
	headers := make(map[string]string, 2)
	stamp := ""
	if h.TimestampHeader != "" {
		stamp = strconv.FormatInt(at.Unix(), 10)
		headers[h.TimestampHeader] = stamp
	}
	sum := h.macs(stamp, body)[0]
	headers[h.Header] = h.Prefix + hex.EncodeToString(sum)
	if h.Encoding == Base64 {
		headers[h.Header] = h.Prefix + base64.StdEncoding.EncodeToString(sum)
	}
	return headers
}
