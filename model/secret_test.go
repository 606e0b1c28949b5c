package model_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson" //nolint:depguard // what is tested is how stores encode the model

	"gatehouse/model"
)

const canary = "canary-in-the-coal-mine"

func TestASecretIsNeverSeen(t *testing.T) {
	secret := model.NewSecret(canary)
	type visible struct {
		Value   model.Secret
		Pointer *model.Secret
		List    []model.Secret
		Map     map[string]*model.Secret
	}
	type hidden struct {
		value   model.Secret
		pointer *model.Secret
		list    []*model.Secret
	}
	things := map[string]any{
		"value":   *secret,
		"pointer": secret,
		"visible": visible{*secret, secret, []model.Secret{*secret}, map[string]*model.Secret{"a": secret}},
		"hidden":  hidden{*secret, secret, []*model.Secret{secret}},
		"client":  model.ClientSecret{Value: *secret},
		"login":   &model.SocialLogin{ClientSecret: secret},
		"answer":  &model.NewClientSecret{Secret: *secret},
		"error":   fmt.Errorf("wrapped: %v", secret),
	}
	for name, thing := range things {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s"} {
				fmt.Fprintf(&out, verb+"\n", thing)
			}
			for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
				slog.New(handler).Info("a message", "thing", thing, slog.Group("group", "thing", thing))
			}
			text, err := json.Marshal(thing)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(text)
			for _, leak := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprint([]byte(canary))} {
				if strings.Contains(out.String(), leak) {
					t.Errorf("the secret is seen:\n%s", out.String())
				}
			}
		})
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, secret); got != model.Redacted {
			t.Errorf("%s prints %q", verb, got)
		}
	}
	if text, _ := json.Marshal(secret); string(text) != `"`+model.Redacted+`"` {
		t.Errorf("JSON is %s", text)
	}
	if secret.String() != model.Redacted || secret.LogValue().String() != model.Redacted {
		t.Error("String and LogValue are redacted")
	}
}

func TestASecretIsStoredSealedOrNotAtAll(t *testing.T) {
	type document struct {
		Secret *model.Secret `bson:"secret,omitempty"`
	}
	for _, unsealed := range []*model.Secret{model.NewSecret(canary), {}} {
		if _, err := bson.Marshal(document{unsealed}); !errors.Is(err, model.ErrNotSealed) {
			t.Errorf("an unsealed secret is stored: %v", err)
		}
	}
	secret := model.NewSecret(canary)
	if err := secret.SealWith(func(plain []byte) ([]byte, error) { return append([]byte("sealed "), bytes.ToUpper(plain)...), nil }); err != nil {
		t.Fatal(err)
	}
	if _, ok := secret.Plain(); ok {
		t.Error("the plaintext is still there")
	}
	raw, err := bson.Marshal(document{secret})
	if err != nil {
		t.Fatal(err)
	}
	if value := bson.Raw(raw).Lookup("secret"); value.Type != bson.TypeBinary {
		t.Errorf("it is stored as %s", value.Type)
	}
	var back document
	if err := bson.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if got := string(back.Secret.Sealed()); got != "sealed "+strings.ToUpper(canary) || !back.Secret.Equal(secret) {
		t.Errorf("it comes back as %q", got)
	}
	unsealed, err := bson.Marshal(bson.M{"secret": canary})
	if err != nil {
		t.Fatal(err)
	}
	if err := bson.Unmarshal(unsealed, &back); err == nil {
		t.Error("a text is read as a secret")
	}
}

func TestSealingASecret(t *testing.T) {
	failure := errors.New("no key")
	secret := model.NewSecret("plain")
	copied := *secret
	if err := secret.SealWith(func([]byte) ([]byte, error) { return nil, failure }); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if plain, ok := secret.Plain(); !ok || plain != "plain" {
		t.Error("a failure loses the plaintext")
	}
	if err := secret.ResealWith(func(b []byte) ([]byte, error) { return b, nil }); !errors.Is(err, model.ErrNotSealed) {
		t.Errorf("what is not sealed is resealed: %v", err)
	}
	if err := secret.SealWith(func(plain []byte) ([]byte, error) { return append([]byte("1 "), plain...), nil }); err != nil {
		t.Fatal(err)
	}
	if plain, ok := copied.Plain(); !ok || plain != "plain" {
		t.Error("sealing one copy changes another")
	}
	if err := secret.SealWith(func([]byte) ([]byte, error) { return nil, failure }); err != nil {
		t.Errorf("a sealed secret is sealed again: %v", err)
	}
	if err := secret.ResealWith(func(sealed []byte) ([]byte, error) { return bytes.Replace(sealed, []byte("1"), []byte("2"), 1), nil }); err != nil {
		t.Fatal(err)
	}
	if got := string(secret.Sealed()); got != "2 plain" {
		t.Errorf("resealed it is %q", got)
	}
}

func TestSecretsAreEqual(t *testing.T) {
	plain, sealed := model.NewSecret("a"), model.SealedSecret([]byte("a"))
	for _, c := range []struct {
		a, b *model.Secret
		want bool
	}{
		{nil, nil, true},
		{nil, plain, false},
		{plain, nil, false},
		{plain, model.NewSecret("a"), true},
		{plain, model.NewSecret("b"), false},
		{sealed, model.SealedSecret([]byte("a")), true},
		{sealed, model.SealedSecret([]byte("b")), false},
		{plain, sealed, false},
		{sealed, plain, false},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%#v and %#v: %t", c.a, c.b, got)
		}
	}
}
