package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// A keyset may end up in a log line or an error by accident, also inside of other values.
func TestKeysetShowsNoKeys(t *testing.T) {
	k := keysetOf(t, fixedKeyset)
	type Config struct {
		Keyset *Keyset
		inner  *Keyset
	}
	config := Config{k, k}
	shown := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08b", "%T"} {
		shown[verb] = fmt.Sprintf(verb, k)
		shown[verb+" inside"] = fmt.Sprintf(verb, config)
		shown[verb+" pointed to"] = fmt.Sprintf(verb, &config)
		shown[verb+" in a list"] = fmt.Sprintf(verb, []any{k, map[string]*Keyset{"k": k}})
	}
	shown["error"] = fmt.Errorf("start: %v", k).Error()
	for name, value := range map[string]any{"keyset": k, "config": config, "list": []*Keyset{k}} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		shown["json "+name] = string(text)
	}
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var written bytes.Buffer
		log := slog.New(handler(&written))
		log.Info("started", "keyset", k, "config", config, slog.Group("group", "keyset", k), "list", []any{k, &config})
		log.With("keyset", k).Error("failed", "error", fmt.Errorf("start: %v", k))
		shown["slog "+name] = written.String()
	}

	key := bytes.Repeat([]byte{7}, 8)
	material := []string{
		string(key), hex.EncodeToString(key), strings.ToUpper(hex.EncodeToString(key)),
		base64.StdEncoding.EncodeToString(key)[:8], "BwcHBwcH", "7 7 7 7", "7, 7, 7", "0x7, 0x7", "00000111 00000111",
	}
	for how, text := range shown {
		for _, forbidden := range material {
			if strings.Contains(text, forbidden) {
				t.Errorf("%s shows a part of the key: %s", how, text)
			}
		}
	}

	want := "keyset " + k.path + " (1 keys, primary 1)"
	for _, how := range []string{"%v", "%+v", "%#v", "%s", "error", "json keyset", "json config", "slog text", "slog json"} {
		if !strings.Contains(shown[how], want) {
			t.Errorf("%s: got %s, want it to contain %q", how, shown[how], want)
		}
	}
}
