package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"gatehouse/auth"
	"gatehouse/model"
)

// object is a JSON object; a nil member is left out.
type object map[string]any

func (o object) with(name string, value any) object {
	changed := maps.Clone(o)
	changed[name] = value
	return changed
}

func (o object) text(t *testing.T) string {
	t.Helper()
	maps.DeleteFunc(o, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// forge signs a header and a payload as they are, by an algorithm of the test's choosing.
func forge(t *testing.T, header, payload string, sign func(input []byte) []byte) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	return input + "." + encode(sign([]byte(input)))
}

// by signs with ES256 (RFC 7518 §3.4).
func by(t *testing.T, key any) func([]byte) []byte {
	t.Helper()
	return func(input []byte) []byte {
		digest := sha256.Sum256(input)
		r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), digest[:])
		if err != nil {
			t.Fatal(err)
		}
		signature := make([]byte, 64)
		r.FillBytes(signature[:32])
		s.FillBytes(signature[32:])
		return signature
	}
}

// stage is a process with a key, and what a token of it says.
type stage struct {
	*world
	*process
	app             *model.ManagementApplication
	key             *jose.JSONWebKey
	header, payload object
}

func newStage(t *testing.T) *stage {
	t.Helper()
	w := newWorld(t)
	s := &stage{world: w, process: w.process(), app: w.application(t, "billing")}
	prepare(t, s.process)
	s.key = opened(t, w, w.stored(t)[0])
	now := w.clock.now().Unix()
	s.header = object{"alg": "ES256", "typ": "at+jwt", "kid": s.key.KeyID}
	s.payload = object{
		"iss": publicURL, "aud": publicURL + "/graphql", "sub": s.app.ID, "client_id": s.app.ClientIDs[0], "tenant_id": tenant,
		"iat": now, "exp": now + 600, "jti": "an ID",
	}
	return s
}

// TestTokens issues tokens and reads them, as a client, a verifier, and this server do.
func TestTokens(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	now := s.clock.now()
	ids := map[string]bool{}
	for _, c := range []struct {
		name  string
		scope []model.Permission
		claim any
	}{
		{"without a scope", nil, nil},
		{"with a scope", []model.Permission{model.PermissionAppsRead, model.PermissionAdminKeysManage}, "apps:read admin_keys:manage"},
		{"with a scope of nothing", []model.Permission{}, ""},
	} {
		issued, err := s.Issue(t.Context(), auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[1], Scope: c.scope})
		if err != nil || issued.ExpiresIn != auth.TokenLifetime {
			t.Fatalf("%s: %v %v", c.name, issued, err)
		}
		signed, err := jose.ParseSignedCompact(issued.Token, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		set, err := s.Public(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		payload, err := signed.Verify(set)
		if err != nil {
			t.Fatalf("%s: the published keys do not verify it: %v", c.name, err)
		}
		if typ := signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType]; typ != "at+jwt" {
			t.Errorf("%s: typ is %v", c.name, typ)
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil {
			t.Fatal(err)
		}
		jti, _ := claims["jti"].(string)
		if len(jti) != 36 || ids[jti] {
			t.Errorf("%s: jti is %q", c.name, jti)
		}
		ids[jti] = true
		want := map[string]any{
			"iss": s.Issuer(), "aud": s.Audience(), "sub": s.app.ID, "client_id": s.app.ClientIDs[1], "tenant_id": tenant,
			"iat": float64(now.Unix()), "exp": float64(now.Unix() + 600), "jti": jti,
		}
		if c.claim != nil {
			want["scope"] = c.claim
		}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Errorf("%s: claims:\n%s", c.name, diff)
		}
		parsed, err := s.Parse(t.Context(), issued.Token)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if len(c.scope) == 0 {
			c.scope = nil
		}
		if diff := cmp.Diff(&auth.AccessToken{
			ID: jti, ClientID: s.app.ClientIDs[1], ApplicationID: s.app.ID, TenantID: tenant,
			Scope: c.scope, Scoped: c.claim != nil, IssuedAt: now, ExpiresAt: now.Add(auth.TokenLifetime),
		}, parsed); diff != "" {
			t.Errorf("%s: parsed:\n%s", c.name, diff)
		}
	}
	if s.Issuer() != "https://admin.example.com" || s.Audience() != "https://admin.example.com/graphql" {
		t.Errorf("issuer %s, audience %s", s.Issuer(), s.Audience())
	}
}

// TestForgedTokens shows tokens that are not ours, or are and say what they must not. Each but those
// at the beginning, which prove that the forger can do it right, must be refused.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	now := s.clock.now().Unix()
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public := s.key.Public()
	publicText, err := public.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(public.Key)
	if err != nil {
		t.Fatal(err)
	}
	mac := func(secret []byte) func([]byte) []byte {
		return func(input []byte) []byte {
			h := hmac.New(sha256.New, secret)
			_, _ = h.Write(input)
			return h.Sum(nil)
		}
	}
	headerWith := func(name string, value any) string { return s.header.with(name, value).text(t) }
	payloadWith := func(name string, value any) string { return s.payload.with(name, value).text(t) }
	header, payload, ours := s.header.text(t), s.payload.text(t), by(t, s.key.Key)
	good := forge(t, header, payload, ours)
	parts := strings.Split(good, ".")
	strangersJWK := jose.JSONWebKey{Key: &stranger.PublicKey, KeyID: s.key.KeyID, Algorithm: "ES256"}

	for _, c := range []struct {
		name, token string
		good        bool
	}{
		{"as issued", good, true},
		{"the long form of the type", forge(t, headerWith("typ", "application/AT+JWT"), payload, ours), true},
		{"the type in capitals", forge(t, headerWith("typ", "AT+JWT"), payload, ours), true},
		{"issued by a clock five seconds ahead", forge(t, header, payloadWith("iat", now+5), ours), true},
		{"valid since now", forge(t, header, payloadWith("nbf", now), ours), true},
		{"valid for another second", forge(t, header, s.payload.with("iat", now-599).with("exp", now+1).text(t), ours), true},
		{"a scope that nobody knows", forge(t, header, payloadWith("scope", "apps:read everything"), ours), true},

		{"nothing", "", false},
		{"dots", "..", false},
		{"two parts", parts[0] + "." + parts[1], false},
		{"four parts", good + "." + parts[2], false},
		{"no signature", parts[0] + "." + parts[1] + ".", false},
		{"an empty payload", parts[0] + ".." + parts[2], false},
		{"JSON serialization", `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`, false},
		{"padding", good + "==", false},
		{"a space before it", " " + good, false},
		{"a line break after it", good + "\n", false},
		{"a line break inside", parts[0] + ".\r\n" + parts[1] + "." + parts[2], false},
		{"too long", forge(t, header, payloadWith("x", strings.Repeat("x", 4096)), ours), false},

		{"alg none", forge(t, headerWith("alg", "none"), payload, func([]byte) []byte { return nil }), false},
		{"alg none with a signature", forge(t, headerWith("alg", "none"), payload, ours), false},
		{"alg NONE", forge(t, headerWith("alg", "NONE"), payload, ours), false},
		{"no alg", forge(t, headerWith("alg", nil), payload, ours), false},
		{"HS256 with the public JWK", forge(t, headerWith("alg", "HS256"), payload, mac(publicText)), false},
		{"HS256 with the public key as DER", forge(t, headerWith("alg", "HS256"), payload, mac(der)), false},
		{"HS256 with the public key as PEM", forge(t, headerWith("alg", "HS256"), payload, mac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))), false},
		{"ES256 said, HS256 done", forge(t, header, payload, mac(publicText)), false},
		{"ES384", forge(t, headerWith("alg", "ES384"), payload, ours), false},
		{"ES256 in small letters", forge(t, headerWith("alg", "es256"), payload, ours), false},
		{"RS256", rs256(t, rsaKey, s.header, payload), false},

		{"signed by a stranger under our key's ID", forge(t, header, payload, by(t, stranger)), false},
		{"signed by a stranger who brings the key", forge(t, headerWith("jwk", strangersJWK), payload, by(t, stranger)), false},
		{"signed by us with a key brought along", forge(t, headerWith("jwk", public), payload, ours), false},
		{"signed by a stranger who says where the key is", forge(t, headerWith("jku", "https://evil.example/jwks"), payload, by(t, stranger)), false},
		{"signed by us with a certificate", forge(t, headerWith("x5u", "https://evil.example/cert"), payload, ours), false},
		{"no kid", forge(t, headerWith("kid", nil), payload, ours), false},
		{"an unknown kid", forge(t, headerWith("kid", "unknown"), payload, ours), false},
		{"an operator as kid", forge(t, headerWith("kid", map[string]any{"$ne": ""}), payload, ours), false},
		{"a kid twice", forge(t, `{"kid":"`+s.key.KeyID+`",`+header[1:], payload, ours), false},
		{"SQL as kid", forge(t, headerWith("kid", "' OR '1'='1"), payload, ours), false},

		{"no type", forge(t, headerWith("typ", nil), payload, ours), false},
		{"an ordinary JWT", forge(t, headerWith("typ", "JWT"), payload, ours), false},
		{"an ID of a person", forge(t, headerWith("typ", "id+jwt"), payload, ours), false},
		{"a type that is no text", forge(t, headerWith("typ", 1), payload, ours), false},
		{"crit", forge(t, headerWith("crit", []string{"x"}), payload, ours), false},
		{"crit of what is there", forge(t, s.header.with("crit", []string{"x"}).with("x", 1).text(t), payload, ours), false},
		{"crit of what the library knows", forge(t, s.header.with("crit", []string{"b64"}).with("b64", true).text(t), payload, ours), false},
		{"an empty crit", forge(t, headerWith("crit", []string{}), payload, ours), false},
		{"crit twice", forge(t, `{"crit":["x"],"crit":["x"],`+header[1:], payload, ours), false},
		{"a nonce", forge(t, headerWith("nonce", "x"), payload, ours), false},
		{"an unknown header", forge(t, headerWith("x", "x"), payload, ours), false},
		{"a header that is no object", forge(t, `[]`, payload, ours), false},

		{"another issuer", forge(t, header, payloadWith("iss", "https://evil.example"), ours), false},
		{"an issuer with a slash", forge(t, header, payloadWith("iss", publicURL+"/"), ours), false},
		{"another audience", forge(t, header, payloadWith("aud", "https://other.example/graphql"), ours), false},
		{"the issuer as audience", forge(t, header, payloadWith("aud", publicURL), ours), false},
		{"several audiences", forge(t, header, payloadWith("aud", []string{publicURL + "/graphql", "https://other.example"}), ours), false},
		{"expired now", forge(t, header, s.payload.with("iat", now-600).with("exp", now).text(t), ours), false},
		{"expired", forge(t, header, s.payload.with("iat", now-1200).with("exp", now-600).text(t), ours), false},
		{"expired before it was issued", forge(t, header, s.payload.with("iat", now+3).with("exp", now+2).text(t), ours), false},
		{"living too long", forge(t, header, payloadWith("exp", now+601), ours), false},
		{"living forever", forge(t, header, payloadWith("exp", int64(1)<<62), ours), false},
		{"issued in the future", forge(t, header, payloadWith("iat", now+6), ours), false},
		{"not yet valid", forge(t, header, payloadWith("nbf", now+6), ours), false},
		{"times as texts", forge(t, header, payloadWith("exp", "9999999999"), ours), false},
		{"times with an exponent", forge(t, header, strings.Replace(payload, `"iat":`, `"iat":1e0,"x":`, 1), ours), false},
		{"no issuer", forge(t, header, payloadWith("iss", nil), ours), false},
		{"no audience", forge(t, header, payloadWith("aud", nil), ours), false},
		{"no subject", forge(t, header, payloadWith("sub", nil), ours), false},
		{"no client", forge(t, header, payloadWith("client_id", nil), ours), false},
		{"no tenant", forge(t, header, payloadWith("tenant_id", nil), ours), false},
		{"an empty tenant", forge(t, header, payloadWith("tenant_id", ""), ours), false},
		{"no time of issue", forge(t, header, payloadWith("iat", nil), ours), false},
		{"no expiry", forge(t, header, payloadWith("exp", nil), ours), false},
		{"no ID", forge(t, header, payloadWith("jti", nil), ours), false},
		{"a scope that is no text", forge(t, header, payloadWith("scope", []string{"apps:read"}), ours), false},
		{"a payload that is no object", forge(t, header, `"text"`, ours), false},
		{"a payload with more behind it", forge(t, header, payload+"{}", ours), false},
	} {
		parsed, err := s.Parse(t.Context(), c.token)
		switch {
		case c.good && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case !c.good && (parsed != nil || !errors.Is(err, auth.ErrInvalidToken)):
			t.Errorf("%s: %v %v; want ErrInvalidToken", c.name, parsed, err)
		}
	}
}

// rs256 signs with RSA.
func rs256(t *testing.T, key *rsa.PrivateKey, header object, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: header["kid"].(string)}},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestChangedTokens changes every character of a token, and each of its bits that base64url has.
func TestChangedTokens(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	s := newStage(t)
	token := issue(t, s.process, auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]})
	refused := func(what string, i int, changed string) {
		t.Helper()
		if _, err := s.Parse(t.Context(), changed); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("%s %d of %d: %v; want ErrInvalidToken", what, i, len(token), err)
		}
	}
	for i := range token {
		if value := strings.IndexByte(alphabet, token[i]); value >= 0 {
			for bit := range 6 {
				refused("a changed bit of character", i, token[:i]+string(alphabet[value^1<<bit])+token[i+1:])
			}
		}
		refused("without character", i, token[:i]+token[i+1:])
		for _, more := range []string{"A", ".", "=", "\n", " ", "\x00", "é"} {
			refused("more before character", i, token[:i]+more+token[i:])
		}
	}
	if _, err := s.Parse(t.Context(), token); err != nil {
		t.Errorf("the token itself: %v", err)
	}
}

// TestClocksThatDiffer reads a token with a clock that is behind the one that issued it.
func TestClocksThatDiffer(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	grant := auth.Grant{Application: s.app, ClientID: s.app.ClientIDs[0]}
	for _, c := range []struct {
		behind time.Duration
		good   bool
	}{{0, true}, {4 * time.Second, true}, {5 * time.Second, true}, {6 * time.Second, false}, {-9 * time.Minute, true}, {-10 * time.Minute, false}} {
		token := issue(t, s.process, grant)
		s.clock.advance(-c.behind)
		if _, err := s.Parse(t.Context(), token); (err == nil) != c.good {
			t.Errorf("%s behind: %v", c.behind, err)
		}
		s.clock.advance(c.behind)
	}
}
