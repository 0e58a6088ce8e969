package webhook_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/itsmkit/itsmkit/sync/webhook"
)

func basic(user, password string) map[string]string {
	return map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
}

func TestBasic(t *testing.T) {
	v := verifier(t, webhook.AzureDevOps("hooks", "canary-new", "canary:old"))
	t.Run("003-12 Azure DevOps sends user and password", func(t *testing.T) {
		if r := accepts(t, v, basic("hooks", "canary-new"), ""); r != (webhook.Result{Method: "basic"}) {
			t.Errorf("got %+v", r)
		}
		if r := accepts(t, v, basic("hooks", "canary:old"), "any"); r.Secret != 1 {
			t.Errorf("got %+v", r)
		}
		accepts(t, v, map[string]string{"authorization": "bAsIc   " + base64.StdEncoding.EncodeToString([]byte("hooks:canary-new"))}, "")
	})
	t.Run("003-12 anything else is refused", func(t *testing.T) {
		refuses(t, v, nil, "", webhook.ErrMissing)
		for _, wrong := range []map[string]string{basic("hooks", ""), basic("hooks", "canary-ne"), basic("hook", "scanary-new"), basic("", "canary-new"), basic("Hooks", "canary-new")} {
			refuses(t, v, wrong, "", webhook.ErrMismatch)
		}
		for _, text := range []string{"Basic", "Basic !", "Bearer aG9va3M6Y2FuYXJ5LW5ldw==", "aG9va3M6Y2FuYXJ5LW5ldw=="} {
			refuses(t, v, map[string]string{"Authorization": text}, "", webhook.ErrMalformed)
		}
		refuses(t, v, map[string]string{"Authorization": "Basic  "}, "", webhook.ErrMalformed)
	})
	t.Run("003-12 settings", func(t *testing.T) {
		for _, bad := range []webhook.Basic{{User: "u"}, {User: "u", Passwords: []webhook.Secret{""}}, {User: "u:v", Passwords: []webhook.Secret{"canary"}}} {
			if v, err := bad.Verifier(); err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%+v: %v", bad, err)
			} else {
				refuses(t, v, basic("u", ""), "", webhook.ErrUnverified)
			}
		}
		accepts(t, verifier(t, webhook.Basic{Passwords: []webhook.Secret{"canary"}}), basic("", "canary"), "")
	})
}

func TestStaticHeader(t *testing.T) {
	v := verifier(t, webhook.StaticHeader{Header: "X-Token", Values: []webhook.Secret{"Bearer canary", " canary-2 "}})
	t.Run("003-12 a header with one value", func(t *testing.T) {
		if r := accepts(t, v, map[string]string{"x-token": "Bearer canary "}, ""); r != (webhook.Result{Method: "header"}) {
			t.Errorf("got %+v", r)
		}
		if r := accepts(t, v, map[string]string{"X-Token": "canary-2"}, ""); r.Secret != 1 {
			t.Errorf("got %+v", r)
		}
		refuses(t, v, nil, "", webhook.ErrMissing)
		for _, wrong := range []string{"canary", "bearer canary", "Bearer canar", "Bearer canary, canary-2"} {
			refuses(t, v, map[string]string{"X-Token": wrong}, "", webhook.ErrMismatch)
		}
	})
	t.Run("003-12 settings", func(t *testing.T) {
		for _, bad := range []webhook.StaticHeader{{Header: "X"}, {Values: []webhook.Secret{"canary"}}, {Header: "X", Values: []webhook.Secret{"canary", "\t"}}} {
			if _, err := bad.Verifier(); err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

func TestCombined(t *testing.T) {
	user := verifier(t, webhook.AzureDevOps("u", "canary"))
	token := verifier(t, webhook.StaticHeader{Header: "X-Token", Values: []webhook.Secret{"canary"}})
	signed := verifier(t, webhook.Standard{Secrets: []webhook.Secret{"Y2FuYXJ5"}})
	headers := webhook.Standard{Secrets: []webhook.Secret{"Y2FuYXJ5"}}.Sign("msg_1", nil, now)
	headers["X-Token"] = "canary"
	t.Run("003-12 any of them", func(t *testing.T) {
		if r := accepts(t, webhook.AnyOf(user, token), headers, ""); r.Method != "header" {
			t.Errorf("got %+v", r)
		}
		refuses(t, webhook.AnyOf(user, token), nil, "", webhook.ErrMissing)
		refuses(t, webhook.AnyOf(), headers, "", webhook.ErrUnverified)
	})
	t.Run("003-12 all of them", func(t *testing.T) {
		want := webhook.Result{Method: "header", ID: "msg_1", At: now}
		if r := accepts(t, webhook.AllOf(token, signed), headers, ""); r != want {
			t.Errorf("got %+v", r)
		}
		refuses(t, webhook.AllOf(token, user), headers, "", webhook.ErrMissing)
		refuses(t, webhook.AllOf(), headers, "", webhook.ErrUnverified)
	})
	t.Run("003-12 unsigned only when asked for", func(t *testing.T) {
		if r := accepts(t, webhook.Unsigned(), nil, "anything"); r != (webhook.Result{Method: "unsigned", Secret: -1}) {
			t.Errorf("got %+v", r)
		}
		refuses(t, webhook.Verifier{}, headers, "", webhook.ErrUnverified)
		refuses(t, webhook.AllOf(webhook.Unsigned(), webhook.Verifier{}), headers, "", webhook.ErrUnverified)
	})
}

// Whatever is printed, the secrets are not.
func TestCanary(t *testing.T) {
	const canary = "canary-secret"
	config := webhook.InfrastructureEvent(canary)
	user, token := webhook.Basic{User: "u", Passwords: []webhook.Secret{canary}}, webhook.StaticHeader{Header: "X", Values: []webhook.Secret{canary}}
	standard := webhook.Standard{Secrets: []webhook.Secret{"whsec_" + webhook.Secret(base64.StdEncoding.EncodeToString([]byte(canary)))}}
	all := []any{
		webhook.Secret(canary), config, &config, user, token, standard,
		verifier(t, config), verifier(t, user), verifier(t, token), verifier(t, standard),
		webhook.AnyOf(verifier(t, config)), webhook.AllOf(verifier(t, user)),
		map[string]any{"config": config}, []webhook.Secret{canary}, struct{ S webhook.Secret }{canary},
	}
	var out bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&out, nil))
	words := slog.New(slog.NewTextHandler(&out, nil))
	for _, v := range all {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		logger.Info("canary?", "value", v)
		words.Info("canary?", "value", v)
		data, err := json.Marshal(v)
		out.Write(data)
		fmt.Fprintln(&out, err)
	}
	text := strings.ReplaceAll(out.String(), "canary?", "")
	for _, form := range []string{canary, "canary", fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), base64.StdEncoding.EncodeToString([]byte(canary)), strings.Trim(fmt.Sprintf("%d", []byte(canary)), "[]")} {
		if strings.Contains(text, form) {
			t.Errorf("000-12 a secret is shown as %s", form)
		}
	}
	t.Run("000-12 a secret is read from a document, its placeholder is not", func(t *testing.T) {
		var config webhook.HMAC
		if err := json.Unmarshal([]byte(`{"Header": "X", "Hash": "sha256", "Secrets": ["canary-secret"]}`), &config); err != nil || string(config.Secrets[0]) != canary {
			t.Error(config, err)
		}
		if err := json.Unmarshal([]byte(`["(secret)"]`), new([]webhook.Secret)); err == nil {
			t.Error("the placeholder was taken for a secret")
		}
	})
}

func TestHeaderMap(t *testing.T) {
	h := webhook.HeaderMap(map[string]string{"X-Ray": "1"})
	if h("x-rAY") != "1" || h("y") != "" || webhook.HeaderMap(nil)("x") != "" {
		t.Error("names must count in any case")
	}
}

// FuzzVerify: nothing makes a verifier panic, and nothing that is not signed passes.
func FuzzVerify(f *testing.F) {
	secrets := []webhook.Secret{"d2hhdCBub2JvZHkga25vd3M", "YW5vdGhlciBvbmUgdGhhdA"}
	verifiers := []webhook.Verifier{
		verifier(f, webhook.NetBox(secrets...)), verifier(f, webhook.ServiceNow(secrets...)), verifier(f, webhook.InfrastructureEvent(secrets...)),
		verifier(f, webhook.HMAC{Header: "X-Signature", Hash: webhook.SHA1, Secrets: secrets}), verifier(f, webhook.Standard{Secrets: secrets}),
		verifier(f, webhook.Basic{Passwords: secrets}), verifier(f, webhook.StaticHeader{Header: "X-Signature", Values: secrets}), {},
	}
	f.Add("sha256=00", "1772625600", "msg", []byte("{}"), int64(1772625600))
	f.Add("v1,AAAA v1a,", "", "a.b", []byte(nil), int64(-1))
	f.Add("Basic OmE=", "999999999999", "", []byte("1."), int64(1<<62))
	f.Fuzz(func(t *testing.T, signature, stamp, id string, body []byte, at int64) {
		header := func(name string) string {
			switch name {
			case webhook.StandardIDHeader:
				return id
			case webhook.StandardTimestampHeader, webhook.ServiceNowTimestampHeader:
				return stamp
			default:
				return signature
			}
		}
		for _, v := range verifiers {
			if r, err := v.Verify(header, body, time.Unix(at, 0)); !errors.Is(err, webhook.ErrUnverified) {
				t.Errorf("accepted: %+v, %v", r, err)
			}
		}
		config := webhook.Standard{Secrets: secrets}
		signed := config.Sign(id, body, time.Unix(at, 0))
		if signed == nil || at < 0 || at >= 1e12 || strings.TrimSpace(id) != id {
			return
		}
		if _, err := verifiers[4].Verify(webhook.HeaderMap(signed), body, time.Unix(at, 0)); err != nil {
			t.Errorf("what was signed is refused: %v", err)
		}
	})
}
