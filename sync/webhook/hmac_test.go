package webhook_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/sync/webhook"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// verifier makes one that must be right.
func verifier(t testing.TB, v interface {
	Verifier() (webhook.Verifier, error)
}) webhook.Verifier {
	t.Helper()
	made, err := v.Verifier()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// accepts and refuses verify with headers as a map.
func accepts(t *testing.T, v webhook.Verifier, headers map[string]string, body string) webhook.Result {
	t.Helper()
	r, err := v.Verify(webhook.HeaderMap(headers), []byte(body), now)
	if err != nil {
		t.Error(err)
	}
	return r
}

func refuses(t *testing.T, v webhook.Verifier, headers map[string]string, body string, want error) {
	t.Helper()
	r, err := v.Verify(webhook.HeaderMap(headers), []byte(body), now)
	if !errors.Is(err, want) || !errors.Is(err, webhook.ErrUnverified) || r != (webhook.Result{}) {
		t.Errorf("want %v, got %+v, %v", want, r, err)
	}
	if err != nil && (!strings.HasPrefix(err.Error(), "webhook: not verified") || strings.Contains(err.Error(), "canary")) {
		t.Errorf("the error says %v", err)
	}
}

// Signatures that others made: RFC 2202 and RFC 4231 (case 2), and GitHub's
// documentation of webhook signatures.
func TestHMACVectors(t *testing.T) {
	for _, c := range []struct {
		name, secret, body string
		hash               webhook.Hash
		signature          string
	}{
		{"RFC 2202, SHA-1", "Jefe", "what do ya want for nothing?", webhook.SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{"RFC 4231, SHA-256", "Jefe", "what do ya want for nothing?", webhook.SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"RFC 4231, SHA-512", "Jefe", "what do ya want for nothing?", webhook.SHA512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
		{"GitHub", "It's a Secret to Everybody", "Hello, World!", webhook.SHA256, "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
	} {
		t.Run("003-12 "+c.name, func(t *testing.T) {
			config := webhook.HMAC{Header: "X-Sig", Hash: c.hash, Prefix: "sha256=", Secrets: []webhook.Secret{webhook.Secret(c.secret)}}
			r := accepts(t, verifier(t, config), map[string]string{"x-sig": c.signature}, c.body)
			if r != (webhook.Result{Method: "hmac"}) {
				t.Errorf("got %+v", r)
			}
			refuses(t, verifier(t, config), map[string]string{"X-Sig": c.signature}, c.body+" ", webhook.ErrMismatch)
		})
	}
}

// A webhook that a NetBox 4.7 sent, with its secret, which is not ASCII.
func TestNetBox(t *testing.T) {
	data, err := os.ReadFile("testdata/netbox-webhook.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct {
		Request struct {
			Headers map[string]string
			Body    string
		}
		Secret webhook.Secret
	}
	if err := json.Unmarshal(data, &recorded); err != nil {
		t.Fatal(err)
	}
	sent := recorded.Request
	v := verifier(t, webhook.NetBox("the new one", recorded.Secret))
	if r := accepts(t, v, sent.Headers, sent.Body); r.Secret != 1 {
		t.Errorf("got %+v", r)
	}
	refuses(t, v, sent.Headers, sent.Body[1:], webhook.ErrMismatch)
	refuses(t, v, nil, sent.Body, webhook.ErrMissing)
	refuses(t, verifier(t, webhook.NetBox("another")), sent.Headers, sent.Body, webhook.ErrMismatch)
	sum, err := hex.DecodeString(sent.Headers[webhook.NetBoxHeader])
	if err != nil {
		t.Fatal(err)
	}
	// NetBox writes bare hex digits and nothing else.
	for _, other := range []string{base64.StdEncoding.EncodeToString(sum), "sha512=" + sent.Headers[webhook.NetBoxHeader]} {
		refuses(t, v, map[string]string{"X-Hook-Signature": other}, sent.Body, webhook.ErrMalformed)
	}
}

func TestInfrastructureEvent(t *testing.T) {
	const body = `{"resource_id":"AWS-123"}`
	config := webhook.InfrastructureEvent("canary-new", "canary-old")
	v := verifier(t, config)
	sum, _ := hex.DecodeString(strings.TrimPrefix(webhook.InfrastructureEvent("canary-old").Sign([]byte(body), now)["X-Signature"], "sha256="))
	digits := hex.EncodeToString(sum)
	for name, signature := range map[string]string{
		"000-02 hex":                     digits,
		"000-02 upper-case hex":          strings.ToUpper(digits),
		"000-02 base64":                  base64.StdEncoding.EncodeToString(sum),
		"000-02 base64 without padding":  base64.RawStdEncoding.EncodeToString(sum),
		"000-02 base64 of the other set": base64.URLEncoding.EncodeToString(sum),
		"000-02 a prefix":                "sha256=" + digits,
		"000-02 a prefix and base64":     "SHA256=" + base64.StdEncoding.EncodeToString(sum),
		"000-02 space around":            " \t" + digits + " ",
	} {
		t.Run(name, func(t *testing.T) {
			if r := accepts(t, v, map[string]string{"X-Signature": signature}, body); r.Secret != 1 {
				t.Errorf("got %+v", r)
			}
			refuses(t, v, map[string]string{"X-Signature": signature}, body+"\n", webhook.ErrMismatch)
		})
	}
	for name, signature := range map[string]string{
		"000-02 cut hex":                     digits[:62],
		"000-02 hex with one digit more":     digits + "0",
		"000-02 no hex":                      strings.Repeat("g", 64),
		"000-02 cut base64":                  base64.StdEncoding.EncodeToString(sum)[:40],
		"000-02 too much padding":            base64.RawStdEncoding.EncodeToString(sum) + "==",
		"000-02 a line end within":           base64.StdEncoding.EncodeToString(sum)[:20] + "\n" + base64.StdEncoding.EncodeToString(sum)[20:],
		"000-02 another prefix":              "sha1=" + digits,
		"000-02 a prefix alone":              "sha256=",
		"000-02 very long":                   strings.Repeat("a", 1<<20),
		"000-02 the zero digest of 63 bytes": strings.Repeat("0", 126),
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, v, map[string]string{"X-Signature": signature}, body, webhook.ErrMalformed)
		})
	}
	t.Run("000-02 no header", func(t *testing.T) {
		refuses(t, v, nil, body, webhook.ErrMissing)
		refuses(t, v, map[string]string{"X-Signature": "  "}, body, webhook.ErrMissing)
		if _, err := v.Verify(nil, nil, time.Time{}); !errors.Is(err, webhook.ErrMissing) {
			t.Error(err)
		}
	})
	t.Run("000-02 two secrets", func(t *testing.T) {
		if r := accepts(t, v, config.Sign([]byte(body), now), body); r.Secret != 0 || !r.At.IsZero() {
			t.Errorf("got %+v", r)
		}
		refuses(t, verifier(t, webhook.InfrastructureEvent("canary-new")), map[string]string{"X-Signature": digits}, body, webhook.ErrMismatch)
	})
	t.Run("000-02 the verifier keeps its own secrets", func(t *testing.T) {
		secrets := []webhook.Secret{"canary-old"}
		v := verifier(t, webhook.InfrastructureEvent(secrets...))
		secrets[0] = "spoiled"
		accepts(t, v, map[string]string{"X-Signature": digits}, body)
	})
}

func TestServiceNow(t *testing.T) {
	const body = `{"number":"INC0010001"}`
	config := webhook.ServiceNow("canary")
	v := verifier(t, config)
	alone := config
	alone.TimestampHeader = ""
	t.Run("002-04 body alone", func(t *testing.T) {
		accepts(t, v, alone.Sign([]byte(body), now), body)
		refuses(t, v, alone.Sign([]byte(body), now), body+" ", webhook.ErrMismatch)
		refuses(t, v, nil, body, webhook.ErrMissing)
	})
	t.Run("002-04 base64, as generateMac answers", func(t *testing.T) {
		config := config
		config.Encoding, config.Prefix = webhook.Base64, ""
		signed := config.Sign([]byte(body), now)
		accepts(t, v, signed, body)
		accepts(t, verifier(t, config), signed, body)
		refuses(t, verifier(t, config), webhook.ServiceNow("canary").Sign([]byte(body), now), body, webhook.ErrMalformed)
	})
	for _, c := range []struct {
		name string
		at   time.Time
		ok   bool
	}{
		{"002-04 5 min ago", now.Add(-5 * time.Minute), true},
		{"002-04 5 min and 1 s ago", now.Add(-5*time.Minute - time.Second), false},
		{"002-04 5 min ahead", now.Add(5 * time.Minute), true},
		{"002-04 5 min and 1 s ahead", now.Add(5*time.Minute + time.Second), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			signed := config.Sign([]byte(body), c.at)
			if !c.ok {
				refuses(t, v, signed, body, webhook.ErrExpired)
				return
			}
			if r := accepts(t, v, signed, body); !r.At.Equal(c.at) {
				t.Errorf("got %+v", r)
			}
		})
	}
	t.Run("002-04 the time is signed", func(t *testing.T) {
		signed := config.Sign([]byte(body), now)
		signed[webhook.ServiceNowTimestampHeader] = "1772625601"
		refuses(t, v, signed, body, webhook.ErrMismatch)
		delete(signed, webhook.ServiceNowTimestampHeader)
		refuses(t, v, signed, body, webhook.ErrMismatch)
		stolen := alone.Sign([]byte(body), now)
		stolen[webhook.ServiceNowTimestampHeader] = "1772625600"
		refuses(t, v, stolen, body, webhook.ErrMismatch)
	})
	t.Run("002-04 a time cannot be moved into the body", func(t *testing.T) {
		signed := config.Sign([]byte(body), now.Add(-time.Hour))
		moved := signed[webhook.ServiceNowTimestampHeader] + "." + body
		delete(signed, webhook.ServiceNowTimestampHeader)
		refuses(t, v, signed, moved, webhook.ErrMalformed)
		for _, harmless := range []string{"", ".", "12", "{}", ".5", "a.b"} {
			accepts(t, v, alone.Sign([]byte(harmless), now), harmless)
		}
	})
	t.Run("002-04 a time that must be there", func(t *testing.T) {
		config := config
		config.RequireTimestamp = true
		refuses(t, verifier(t, config), alone.Sign([]byte(body), now), body, webhook.ErrMissing)
		accepts(t, verifier(t, config), config.Sign([]byte(body), now), body)
	})
	t.Run("002-04 what is no time", func(t *testing.T) {
		for _, stamp := range []string{"-1", "1.5", "1e9", "now", "1772625600123", "0x10", "٣"} {
			signed := config.Sign([]byte(body), now)
			signed[webhook.ServiceNowTimestampHeader] = stamp
			refuses(t, v, signed, body, webhook.ErrMalformed)
		}
	})
	t.Run("002-04 another tolerance", func(t *testing.T) {
		config := config
		config.Tolerance = time.Second
		refuses(t, verifier(t, config), config.Sign([]byte(body), now.Add(-2*time.Second)), body, webhook.ErrExpired)
	})
	t.Run("002-04 the script signs in these headers", func(t *testing.T) {
		script := webhook.ServiceNowScript(`https://example.com/"</script>`, "x.secret")
		for _, part := range []string{
			"'X-ServiceNow-Signature', signature", "'X-ServiceNow-Timestamp', timestamp", "timestamp + '.' + payload", "'HmacSHA256'",
			`setEndpoint("https://example.com/\"\u003c/script\u003e")`, `gs.getProperty("x.secret")`,
		} {
			if !strings.Contains(script, part) {
				t.Errorf("the script lacks %s", part)
			}
		}
		if !strings.HasPrefix(script, "(function executeRule(") || !strings.HasSuffix(script, "})(current, previous);\n") {
			t.Errorf("the script is not a business rule: %s", script)
		}
		if strings.Contains(script, "%") {
			t.Errorf("a place was left open: %s", script)
		}
	})
	t.Run("002-03 the script sends the documented payload and more", func(t *testing.T) {
		script := webhook.ServiceNowScript("", "")
		for _, key := range []string{"sys_id", "number", "short_description", "state", "priority", "impact", "assigned_to", "updated_on", "sys_mod_count"} {
			if !strings.Contains(script, "\n        "+key+": current.get") {
				t.Errorf("the script lacks %s", key)
			}
		}
	})
}

// Settings are read from documents.
func TestHMACWords(t *testing.T) {
	words := []string{string(webhook.SHA1), string(webhook.SHA256), string(webhook.SHA512), string(webhook.Hex), string(webhook.Base64), string(webhook.HexOrBase64)}
	if got := strings.Join(words, " "); got != "sha1 sha256 sha512 hex base64 " {
		t.Error(got)
	}
}

func TestHMACSettings(t *testing.T) {
	good := webhook.HMAC{Header: "X", Hash: webhook.SHA256, Secrets: []webhook.Secret{"canary"}}
	for want, spoil := range map[string]func(*webhook.HMAC){
		"no secret: give one":          func(h *webhook.HMAC) { h.Secrets = nil },
		"secret 1 is empty":            func(h *webhook.HMAC) { h.Secrets = []webhook.Secret{"canary", ""} },
		"no header":                    func(h *webhook.HMAC) { h.Header = "" },
		`the hash "md5" is none of`:    func(h *webhook.HMAC) { h.Hash = "md5" },
		`the hash "" is none of`:       func(h *webhook.HMAC) { h.Hash = "" },
		`the encoding "rot13" is none`: func(h *webhook.HMAC) { h.Encoding = "rot13" },
		"its header has no name":       func(h *webhook.HMAC) { h.RequireTimestamp = true },
		"tolerance -1s is negative":    func(h *webhook.HMAC) { h.Tolerance = -time.Second },
	} {
		config := good
		spoil(&config)
		v, err := config.Verifier()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "webhook: hmac: ") || strings.Contains(err.Error(), "canary") {
			t.Errorf("003-12 want %q, got %v", want, err)
		}
		if config.Sign(nil, now) != nil {
			t.Errorf("003-12 signs although %s", want)
		}
		refuses(t, v, config.Sign(nil, now), "", webhook.ErrUnverified)
	}
}
