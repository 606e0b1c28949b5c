package mongodb

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"gatehouse/store"
)

func TestDatabaseInThePath(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://h":                            "gatehouse",
		"mongodb://h/":                           "gatehouse",
		"mongodb://h/?maxPoolSize=3":             "gatehouse",
		"mongodb://h/other":                      "other",
		"mongodb://h/other?maxPoolSize=3":        "other",
		"mongodb://h/a%2Db":                      "a-b",
		"mongodb://u:p%2F%40@h1:1,h2:2/other":    "other",
		"mongodb://u:p?q@h/other?appName=a%2Fb":  "other",
		"mongodb://[::1]:27017/other":            "other",
		"mongodb://%2Ftmp%2Fm.sock/other?ssl=no": "other",
	} {
		if got := databaseOf(uri); got != want {
			t.Errorf("%s: database %q, want %q", uri, got, want)
		}
		// The driver must agree, as it authenticates against that database.
		driver, err := connstring.Parse(strings.Replace(uri, "?ssl=no", "", 1))
		if err != nil {
			t.Fatalf("%s: %v", uri, err)
		}
		if got := driver.Database; got != want && (got != "" || want != defaultDatabase) {
			t.Errorf("%s: the driver reads database %q", uri, got)
		}
	}
}

func TestOptionsOfTheURI(t *testing.T) {
	plain, err := parseURI("mongodb://h")
	if err != nil {
		t.Fatal(err)
	}
	set, err := parseURI("mongodb://h/?timeoutMS=1234&serverSelectionTimeoutMS=567&appName=mine&w=majority&journal=true&readConcernLevel=majority&readPreference=primary")
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct{ got, want any }{
		"timeout":               {*plain.options.Timeout, operationTimeout},
		"selection timeout":     {*plain.options.ServerSelectionTimeout, selectionTimeout},
		"name":                  {*plain.options.AppName, "gatehouse"},
		"timeout set":           {*set.options.Timeout, 1234 * time.Millisecond},
		"selection timeout set": {*set.options.ServerSelectionTimeout, 567 * time.Millisecond},
		"name set":              {*set.options.AppName, "mine"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", what, c.got, c.want)
		}
	}
	for _, o := range []*target{plain, set} {
		if w := o.options.WriteConcern; w.W != "majority" || !*w.Journal {
			t.Errorf("write concern %v, journal %t", w.W, *w.Journal)
		}
		if r := o.options.ReadConcern; r.Level != "majority" {
			t.Errorf("read concern %s", r.Level)
		}
	}
}

func TestWeakerOptionsAreRefused(t *testing.T) {
	for options, word := range map[string]string{
		"w=1":                               "w must",
		"w=0":                               "w must",
		"w=2":                               "w must",
		"journal=false":                     "journal",
		"w=majority&journal=false":          "journal",
		"readConcernLevel=local":            "readConcernLevel",
		"readPreference=secondaryPreferred": "readPreference",
	} {
		if _, err := parseURI("mongodb://h/?" + options); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", options, err)
		}
	}
}

func TestNoErrorOfAURIHasTheSecret(t *testing.T) {
	const canary = "Canary7"
	for uri, word := range map[string]string{
		"://user:Canary7@h":                           "must begin with",
		"user:Canary7@h":                              "must begin with",
		"mongo://user:Canary7@h":                      "must begin with",
		"mongodb://user:Canary7":                      "percent-encoded",
		"mongodb://user:Canary7/x":                    "percent-encoded",
		"mongodb://user:Canary7@":                     "percent-encoded",
		"mongodb://user:1:Canary7@h":                  "percent-encoded",
		"mongodb://user:1/Canary7@h":                  "percent-encoded",
		"mongodb://user:1@Canary7@h":                  "percent-encoded",
		"mongodb://user:1@Canary7:x@h/d":              "percent-encoded",
		"mongodb://user:%ZZCanary7@h":                 "percent-encoded",
		"mongodb://user:%FFCanary7@h":                 "set up the MongoDB client",
		"mongodb://Canary7%ZZ:1@h":                    "percent-encoded",
		"mongodb://user:Canary7@h:99999":              "percent-encoded",
		"mongodb://user:Canary7@h:x":                  "percent-encoded",
		"mongodb://user:Canary7@h/%ZZ":                "percent-encoded",
		"mongodb+srv://user:1:Canary7@h":              "percent-encoded",
		"mongodb+srv://user:Canary7":                  "percent-encoded",
		"mongodb://user:Canary7@h/?maxPoolSize=many":  "maxpoolsize",
		"mongodb://user:Canary7@h/?w=1&journal=false": "w must be majority",
		"mongodb://user:Canary7@h/?tlsCertificateKeyFilePassword=Canary7&maxPoolSize=x":                                     "maxpoolsize",
		"mongodb://h/?authMechanism=MONGODB-AWS&authMechanismProperties=AWS_SESSION_TOKEN:Canary7,Canary7&retryReads=maybe": "retryreads",
	} {
		b, err := Open(t.Context(), uri)
		if err == nil {
			t.Errorf("%s: opened %s", uri, b.db.Name())
			continue
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, canary) {
			t.Errorf("%s: %s", uri, text)
		}
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(word)) {
			t.Errorf("%s: %q does not say %q", uri, err, word)
		}
	}
}

func TestFailedLookupIsUnavailable(t *testing.T) {
	lookup := fmt.Errorf("error parsing uri: %w", &net.DNSError{Err: "no such host", Name: "_mongodb._tcp.h.example"})
	err := malformed("mongodb+srv://user:Canary7@h.example", lookup)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "h.example") || strings.Contains(err.Error(), "Canary7") {
		t.Error(err)
	}
}

func TestConceal(t *testing.T) {
	to, err := parseURI("mongodb://user:Canary%2F7@h/?tlsCertificateKeyFilePassword=Canary8")
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New(`cannot say "Canary/7" nor Canary%2F7 nor Canary8 here`)
	for _, err := range []error{cause, fmt.Errorf("%w: %w", store.ErrUnavailable, cause)} {
		got := to.secrets.conceal(err)
		if strings.Contains(fmt.Sprintf("%#v", got), "Canary") || !strings.Contains(got.Error(), "here") {
			t.Errorf("%#v", got)
		}
		if errors.Is(got, store.ErrUnavailable) != errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%v changed its kind", got)
		}
	}
	harmless := errors.New("nothing secret")
	if got := to.secrets.conceal(harmless); !errors.Is(got, harmless) {
		t.Errorf("got %v", got)
	}
}
