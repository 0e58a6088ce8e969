package webhook_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/itsmkit/itsmkit/sync/webhook"
)

func ExampleNetBox() {
	// During a change of secrets both count; the new one comes first.
	verifier, err := webhook.NetBox("the new secret", "the old secret").Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`{"event": "updated"}`)
	sent := webhook.HeaderMap(webhook.NetBox("the old secret").Sign(body, time.Time{}))

	// In a handler: verifier.Verify(r.Header.Get, body, time.Now())
	result, err := verifier.Verify(sent, body, time.Time{})
	fmt.Println("secret", result.Secret, err)
	_, err = verifier.Verify(sent, []byte(`{"event": "deleted"}`), time.Time{})
	fmt.Println(err)
	// Output:
	// secret 1 <nil>
	// webhook: not verified: the credential does not match: X-Hook-Signature
}

func ExampleStandard() {
	verifier, err := webhook.Standard{Secrets: []webhook.Secret{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}.Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	header := webhook.HeaderMap(map[string]string{
		"webhook-id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
		"webhook-timestamp": "1614265330",
		"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	})
	body := []byte(`{"test": 2432232314}`)
	result, err := verifier.Verify(header, body, time.Unix(1614265400, 0))
	fmt.Println(result.ID, err)
	_, err = verifier.Verify(header, body, time.Unix(1614265400, 0).Add(time.Hour))
	fmt.Println(errors.Is(err, webhook.ErrExpired), err)
	// Output:
	// msg_p5jXN8AQM9LWM0D4loKWxJek <nil>
	// true webhook: not verified: the time is too far from now: 1h1m10s old, at most 5m0s is accepted
}

func ExampleServiceNow() {
	config := webhook.ServiceNow("secret")
	config.RequireTimestamp = true
	verifier, err := config.Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	body := []byte(`{"number": "INC0010001"}`)
	sent := config.Sign(body, now.Add(-time.Minute))
	result, err := verifier.Verify(webhook.HeaderMap(sent), body, now)
	fmt.Println(result.At.Format(time.TimeOnly), err)
	// Output: 11:59:00 <nil>
}

func ExampleAllOf() {
	user, err := webhook.AzureDevOps("hooks", "password").Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := webhook.StaticHeader{Header: "X-Token", Values: []webhook.Secret{"token"}}.Verifier()
	if err != nil {
		fmt.Println(err)
		return
	}
	both := webhook.AllOf(user, token)
	_, err = both.Verify(webhook.HeaderMap(map[string]string{"X-Token": "token"}), nil, time.Time{})
	fmt.Println(err)
	// Output: webhook: not verified: a header is missing: Authorization
}

func ExampleSecret() {
	secret := webhook.Secret("hunter2")
	fmt.Printf("%v %q %#v\n", secret, secret, webhook.StaticHeader{Header: "X-Token", Values: []webhook.Secret{secret}})
	_, err := webhook.NetBox().Verifier()
	fmt.Println(err)
	// Output:
	// (secret) (secret) webhook.StaticHeader{Header:"X-Token", Values:[]webhook.Secret{(secret)}}
	// webhook: hmac: no secret: give one, or use Unsigned to accept everything
}
