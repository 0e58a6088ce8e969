package webhook_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/itsmkit/itsmkit/sync/webhook"
)

// Signatures that other implementations made of one body, each with the command that
// printed it, are accepted while secrets rotate, and by nobody who has not the secret.
// The secret is not ASCII: its bytes are UTF-8 in all of them.
//
//	openssl dgst -sha256 -hmac "$secret" body.json            (OpenSSL 3.0; -binary | base64)
//	hmac.new(secret.encode(), b'1772625600.' + body, 'sha256')  (Python 3.11)
//	crypto.createHmac('sha1', secret).update(body)             (Node.js 20)
func TestForeignSignatures(t *testing.T) {
	const (
		body      = `{"resource_id":"AWS-123"}`
		secret    = "s3cr3t-ü"
		digits    = "ce142485a47b26a226a422b0de544d9e86729c3b881f302e4c9e3f3d58c016fc"
		text      = "zhQkhaR7JqImpCKw3lRNnoZynDuIHzAuTJ4/PVjAFvw="
		stamp     = "1772625600"
		withTime  = "127d2b08fb5c0c364dd4e360c70b2b7c585d8bd90c763d5e16b03bf591f7cae1"
		withTime2 = "En0rCPtcDDZN1ONgxwsrfFhdi9kMdj1eFrA79ZH3yuE="
		sha512    = "56e4a4feaf8dc42560d18f4cad3ac975ce2a928654453a72e47eb7c4dc22ba0bf16499761f9a1e1b1daf3d1c8a2a39167cfa1e779f1e4b38c865d8cf7517693f"
		sha1      = "72a8f35a73f84040e4a1d8ba959b5bb9f758c064"
		key       = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
		standard  = "v1,H5sf9ixru3YYEpaRuaCo4i4H3+2q4CuafSbYlLNlIiw="
	)
	type maker interface {
		Verifier() (webhook.Verifier, error)
	}
	azure := func(secrets ...webhook.Secret) webhook.HMAC {
		return webhook.HMAC{Header: "x-hub-signature", Hash: webhook.SHA1, Encoding: webhook.Hex, Prefix: "sha1=", Secrets: secrets}
	}
	for _, c := range []struct {
		name    string
		rotated maker // the new secret first, then the one that signed
		other   maker // another secret
		headers map[string]string
	}{
		{"000-02 OpenSSL, hex", webhook.InfrastructureEvent("canary-new", secret), webhook.InfrastructureEvent("canary-new"), map[string]string{"X-Signature": digits}},
		{"000-02 OpenSSL, base64", webhook.InfrastructureEvent("canary-new", secret), webhook.InfrastructureEvent("canary-new"), map[string]string{"X-Signature": text}},
		{"000-02 OpenSSL, with the prefix", webhook.InfrastructureEvent("canary-new", secret), webhook.InfrastructureEvent("canary-new"), map[string]string{"X-Signature": "sha256=" + digits}},
		{"002-04 OpenSSL, body alone", webhook.ServiceNow("canary-new", secret), webhook.ServiceNow("canary-new"), map[string]string{"X-ServiceNow-Signature": text}},
		{"002-04 Python, time and body, hex", webhook.ServiceNow("canary-new", secret), webhook.ServiceNow("canary-new"), map[string]string{"X-ServiceNow-Signature": withTime, "X-ServiceNow-Timestamp": stamp}},
		{"002-04 Python, time and body, base64", webhook.ServiceNow("canary-new", secret), webhook.ServiceNow("canary-new"), map[string]string{"X-ServiceNow-Signature": withTime2, "X-ServiceNow-Timestamp": stamp}},
		{"001-23 Python, as NetBox signs", webhook.NetBox("canary-new", secret), webhook.NetBox("canary-new"), map[string]string{"X-Hook-Signature": sha512}},
		{"003-12 Node.js, SHA-1", azure("canary-new", secret), azure("canary-new"), map[string]string{"X-Hub-Signature": "sha1=" + sha1}},
		{"003-12 Python, standard-webhooks", webhook.Standard{Secrets: []webhook.Secret{"Y2FuYXJ5LW5ldw==", key}}, webhook.Standard{Secrets: []webhook.Secret{"Y2FuYXJ5LW5ldw=="}},
			map[string]string{"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": standard}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verifier(t, c.rotated)
			if r := accepts(t, v, c.headers, body); r.Secret != 1 {
				t.Errorf("got %+v, want the second secret", r)
			}
			refuses(t, v, c.headers, body+" ", webhook.ErrUnverified)
			refuses(t, verifier(t, c.other), c.headers, body, webhook.ErrMismatch)
			for name, value := range c.headers {
				without := maps.Clone(c.headers)
				delete(without, name)
				refuses(t, v, without, body, webhook.ErrUnverified)
				if strings.Contains(strings.ToLower(name), "signature") {
					without[name] = value[:len(value)-4]
					refuses(t, v, without, body, webhook.ErrUnverified)
				}
			}
		})
	}
}
