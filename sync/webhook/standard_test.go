package webhook_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/sync/webhook"
)

// The vector of the specification's own libraries.
const (
	vectorSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorBody      = `{"test": 2432232314}`
	vectorSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestStandard(t *testing.T) {
	at := time.Unix(1614265330, 0).UTC()
	v := verifier(t, webhook.Standard{Secrets: []webhook.Secret{vectorSecret}})
	headers := func(id, stamp, signature string) webhook.Header {
		return webhook.HeaderMap(map[string]string{"Webhook-Id": id, "Webhook-Timestamp": stamp, "Webhook-Signature": signature})
	}
	const wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
	for _, c := range []struct {
		name   string
		header webhook.Header
		body   string
		now    time.Time
		ok     bool
		want   error
	}{
		{"003-25 the specification's vector", headers(vectorID, "1614265330", vectorSignature), vectorBody, at, true, nil},
		{"003-12 one of several signatures", headers(vectorID, "1614265330", wrong+"  v2,x v1a,abc= "+vectorSignature+" "+wrong), vectorBody, at, true, nil},
		{"003-12 exactly 5 min later", headers(vectorID, "1614265330", vectorSignature), vectorBody, at.Add(5 * time.Minute), true, nil},
		{"003-12 exactly 5 min before", headers(vectorID, "1614265330", vectorSignature), vectorBody, at.Add(-5 * time.Minute), true, nil},
		{"003-12 a moment too late", headers(vectorID, "1614265330", vectorSignature), vectorBody, at.Add(5*time.Minute + 1), false, webhook.ErrExpired},
		{"003-12 a moment too early", headers(vectorID, "1614265330", vectorSignature), vectorBody, at.Add(-5*time.Minute - 1), false, webhook.ErrExpired},
		{"003-12 another body", headers(vectorID, "1614265330", vectorSignature), vectorBody + " ", at, false, webhook.ErrMismatch},
		{"003-12 another id", headers(vectorID+"x", "1614265330", vectorSignature), vectorBody, at, false, webhook.ErrMismatch},
		{"003-12 another time", headers(vectorID, "1614265331", vectorSignature), vectorBody, at, false, webhook.ErrMismatch},
		{"003-12 no id", headers("", "1614265330", vectorSignature), vectorBody, at, false, webhook.ErrMissing},
		{"003-12 no time", headers(vectorID, "", vectorSignature), vectorBody, at, false, webhook.ErrMissing},
		{"003-12 no signature", headers(vectorID, "1614265330", ""), vectorBody, at, false, webhook.ErrMissing},
		{"003-12 a time that is none", headers(vectorID, "1614265330.0", vectorSignature), vectorBody, at, false, webhook.ErrMalformed},
		{"003-12 an id with a full stop", headers(vectorID+".1614265330", "1614265330", vectorSignature), vectorBody, at, false, webhook.ErrMalformed},
		{"003-12 wrong signatures only", headers(vectorID, "1614265330", wrong+" "+wrong), vectorBody, at, false, webhook.ErrMismatch},
		{"003-12 the signature of another version", headers(vectorID, "1614265330", "v1a"+vectorSignature[2:]+" v2"+vectorSignature[2:]), vectorBody, at, false, webhook.ErrMismatch},
		{"003-12 no version", headers(vectorID, "1614265330", vectorSignature[3:]), vectorBody, at, false, webhook.ErrMismatch},
		{"003-12 rubbish", headers(vectorID, "1614265330", ", v1 v1, v1,= ,,,"), vectorBody, at, false, webhook.ErrMismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := v.Verify(c.header, []byte(c.body), c.now)
			if c.ok && (err != nil || r != webhook.Result{Method: "standard", ID: vectorID, At: at}) {
				t.Errorf("got %+v, %v", r, err)
			}
			if !c.ok {
				if !errors.Is(err, c.want) || !errors.Is(err, webhook.ErrUnverified) || r != (webhook.Result{}) {
					t.Errorf("want %v, got %+v, %v", c.want, r, err)
				}
			}
		})
	}
}

func TestStandardSecrets(t *testing.T) {
	body, old, next := []byte(vectorBody), webhook.Secret(vectorSecret), webhook.Secret("whsec_Y2FuYXJ5IG9mIDI0IGJ5dGVzISEh")
	t.Run("003-12 the sender signs with both while secrets change", func(t *testing.T) {
		signed := webhook.Standard{Secrets: []webhook.Secret{next, old}}.Sign("msg_1", body, now)
		for i, secrets := range [][]webhook.Secret{{next}, {"bm9uZQ==", old}, {old}} {
			r := accepts(t, verifier(t, webhook.Standard{Secrets: secrets}), signed, vectorBody)
			if r.Secret != i%2 || r.ID != "msg_1" || !r.At.Equal(now) {
				t.Errorf("got %+v", r)
			}
		}
	})
	t.Run("003-12 the receiver knows both", func(t *testing.T) {
		v := verifier(t, webhook.Standard{Secrets: []webhook.Secret{next, old}})
		if r := accepts(t, v, webhook.Standard{Secrets: []webhook.Secret{old}}.Sign("msg_1", body, now), vectorBody); r.Secret != 1 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("003-12 the prefix and the padding may be missing", func(t *testing.T) {
		signed := webhook.Standard{Secrets: []webhook.Secret{"whsec_YQ=="}}.Sign("m", body, now)
		for _, s := range []webhook.Secret{"YQ==", "YQ", "whsec_YQ"} {
			accepts(t, verifier(t, webhook.Standard{Secrets: []webhook.Secret{s}}), signed, vectorBody)
		}
	})
	t.Run("003-12 settings", func(t *testing.T) {
		for _, bad := range []webhook.Standard{
			{}, {Secrets: []webhook.Secret{""}}, {Secrets: []webhook.Secret{"whsec_"}}, {Secrets: []webhook.Secret{"canary!"}},
			{Secrets: []webhook.Secret{old}, Tolerance: -1},
		} {
			if v, err := bad.Verifier(); err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%+v: %v", bad, err)
			} else {
				refuses(t, v, bad.Sign("m", body, now), vectorBody, webhook.ErrUnverified)
			}
		}
		good := webhook.Standard{Secrets: []webhook.Secret{old}}
		if good.Sign("", body, now) != nil || good.Sign("a.b", body, now) != nil {
			t.Error("an id that cannot be verified was signed")
		}
	})
	t.Run("003-12 our signature is the specification's", func(t *testing.T) {
		got := webhook.Standard{Secrets: []webhook.Secret{old}}.Sign(vectorID, body, time.Unix(1614265330, 0))
		if got["webhook-signature"] != vectorSignature || got["webhook-timestamp"] != "1614265330" || got["webhook-id"] != vectorID {
			t.Error(got)
		}
	})
}
