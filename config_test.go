package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/resolvers"
)

// environmentOf looks names up in a list of NAME=VALUE.
func environmentOf(variables ...string) func(string) string {
	return func(name string) string {
		for _, variable := range variables {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

const (
	longKey     = "0123456789012345678901234567890123456789"
	otherTenant = "01890a5d-ac96-774b-bcce-b302099a8057"
)

// defaults is the configuration of a program that is told nothing.
func defaults() Config {
	return Config{
		Listen: "127.0.0.1:8080", Data: "data", SigningKeyLifetime: 720 * time.Hour, LogFormat: "text", LogLevel: "info",
		Start:     StartConfig{StartupTimeout: 5 * time.Minute},
		HTTP:      HTTPConfig{MaxBody: 1 << 20, Introspection: "on", Suggestions: "on", PersistedQueries: "on"},
		Telemetry: TelemetryConfig{OTLPRatio: 1},
		Admission: AdmissionConfig{MaxWait: time.Second, MaxConnections: 1000, RequestTimeout: 30 * time.Second},
		Limits:    LimitsConfig(resolvers.DefaultLimits()),
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		environment []string
		arguments   []string
		want        func(*Config)
	}{
		{"nothing", nil, nil, func(*Config) {}},
		{"nothing but the command", nil, []string{"serve"}, func(*Config) {}},
		{"empty variables", []string{"GATEHOUSE_LISTEN=", "MONGODB_URI=", "GATEHOUSE_ADMIN_KEY=", "GATEHOUSE_CORS_ORIGINS="}, nil, func(*Config) {}},
		{
			"the environment",
			[]string{
				"GATEHOUSE_LISTEN=:0", "GATEHOUSE_DATA=/var/lib/gatehouse", "MONGODB_URI=mongodb+srv://db.example.com/x", "GATEHOUSE_ADMIN_KEY=" + longKey,
				"GATEHOUSE_CORS_ORIGINS=https://a.example,http://localhost:3000", "GATEHOUSE_LOG_FORMAT=json", "GATEHOUSE_LOG_LEVEL=warn",
				"GATEHOUSE_KEYSET_FILE=/run/secrets/keyset.json",
				"GATEHOUSE_PUBLIC_URL=https://admin.example.com/gate", "GATEHOUSE_SIGNING_KEY_LIFETIME=90m",
				"GATEHOUSE_STARTUP_TIMEOUT=0s",
				"GATEHOUSE_OIDC_ISSUER=https://id.example.com/realms/main", "GATEHOUSE_OIDC_AUDIENCE=gatehouse", "GATEHOUSE_OIDC_CLAIM=realm_access.roles",
				"GATEHOUSE_OIDC_PERMISSIONS=admins=*;support=apps:read users:read", "GATEHOUSE_OIDC_TENANT=" + otherTenant,
				"GATEHOUSE_MAX_BODY=2048", "GATEHOUSE_INTROSPECTION=off", "GATEHOUSE_SUGGESTIONS=off", "GATEHOUSE_PERSISTED_QUERIES=off", "GATEHOUSE_TRUSTED_DOCUMENTS=t.json",
				"GATEHOUSE_LIMIT_BYTES=1", "GATEHOUSE_LIMIT_TOKENS=2", "GATEHOUSE_LIMIT_DEPTH=3", "GATEHOUSE_LIMIT_INPUT_DEPTH=4",
				"GATEHOUSE_LIMIT_INPUT_VALUES=5", "GATEHOUSE_LIMIT_FIELDS=6", "GATEHOUSE_LIMIT_ALIASES=7", "GATEHOUSE_LIMIT_REPEATED_FIELDS=8",
				"GATEHOUSE_LIMIT_DIRECTIVES=9", "GATEHOUSE_LIMIT_FRAGMENTS=10", "GATEHOUSE_LIMIT_OPERATIONS=11", "GATEHOUSE_LIMIT_COST=12",
				"GATEHOUSE_RATE_LIMIT=1", "GATEHOUSE_RATE_BURST=2", "GATEHOUSE_MAX_CONCURRENT=3", "GATEHOUSE_MAX_QUEUE=4", "GATEHOUSE_MAX_PER_CALLER=5",
				"GATEHOUSE_MAX_WAIT=6ms", "GATEHOUSE_MAX_CONNECTIONS=7", "GATEHOUSE_REQUEST_TIMEOUT=8s",
				"GATEHOUSE_METRICS_LISTEN=127.0.0.1:9090", "GATEHOUSE_PPROF=true", "GATEHOUSE_OTLP_ENDPOINT=https://otlp.example.com/gate",
				"GATEHOUSE_OTLP_HEADERS=Authorization=Bearer x=,X-Tenant=a", "GATEHOUSE_OTLP_RATIO=0.25",
			},
			nil,
			func(c *Config) {
				*c = Config{
					Listen: ":0", Data: "/var/lib/gatehouse", MongoDBURI: "mongodb+srv://db.example.com/x", AdminKey: longKey,
					CORSOrigins: []string{"https://a.example", "http://localhost:3000"}, LogFormat: "json", LogLevel: "warn",
					KeysetFile: "/run/secrets/keyset.json",
					PublicURL:  "https://admin.example.com/gate", SigningKeyLifetime: 90 * time.Minute,
					OIDC: OIDCConfig{
						Issuer: "https://id.example.com/realms/main", Audience: "gatehouse", Claim: "realm_access.roles",
						Permissions: "admins=*;support=apps:read users:read", Tenant: otherTenant,
					},
					HTTP: HTTPConfig{MaxBody: 2048, Introspection: "off", Suggestions: "off", PersistedQueries: "off", TrustedDocuments: "t.json"},
					Limits: LimitsConfig{
						Bytes: 1, Tokens: 2, Depth: 3, InputDepth: 4, InputValues: 5, Fields: 6, Aliases: 7, RepeatedFields: 8,
						Directives: 9, Fragments: 10, Operations: 11, Cost: 12,
					},
					Admission: AdmissionConfig{
						RateLimit: 1, RateBurst: 2, MaxConcurrent: 3, MaxQueue: 4, MaxPerCaller: 5, MaxWait: 6 * time.Millisecond,
						MaxConnections: 7, RequestTimeout: 8 * time.Second,
					},
					Telemetry: TelemetryConfig{
						MetricsListen: "127.0.0.1:9090", Pprof: true, OTLPEndpoint: "https://otlp.example.com/gate",
						OTLPHeaders: []string{"Authorization=Bearer x=", "X-Tenant=a"}, OTLPRatio: 0.25,
					},
				}
			},
		},
		{
			"flags",
			nil,
			[]string{"--listen=[::1]:80", "--data", "d", "--mongodb-uri=mongodb://h", "--admin-key=" + longKey, "--cors-origins=https://a.example", "--log-format=json", "--log-level=error", "--keyset-file=k", "--public-url=http://localhost:8080", "--signing-key-lifetime=10s", "--startup-timeout=90s", "--oidc-issuer=http://localhost:1", "--oidc-audience=a", "--oidc-claim=c", "--oidc-permissions=a=*", "--oidc-tenant=" + otherTenant, "--limit-repeated-fields=7", "--limit-cost=1000000", "--max-body=1024", "--introspection=off", "--suggestions=on", "--persisted-queries=off", "--trusted-documents=t", "--metrics-listen=:0", "--pprof", "--otlp-endpoint=http://h:4318", "--otlp-headers=a=b", "--otlp-ratio=0", "--rate-limit=10", "--request-timeout=1m"},
			func(c *Config) {
				*c = Config{
					Listen: "[::1]:80", Data: "d", MongoDBURI: "mongodb://h", AdminKey: longKey,
					CORSOrigins: []string{"https://a.example"}, LogFormat: "json", LogLevel: "error", KeysetFile: "k",
					PublicURL: "http://localhost:8080", SigningKeyLifetime: 10 * time.Second,
					Start: StartConfig{StartupTimeout: 90 * time.Second},
					OIDC:  OIDCConfig{Issuer: "http://localhost:1", Audience: "a", Claim: "c", Permissions: "a=*", Tenant: otherTenant}, Limits: c.Limits, Admission: c.Admission,
					Telemetry: TelemetryConfig{MetricsListen: ":0", Pprof: true, OTLPEndpoint: "http://h:4318", OTLPHeaders: []string{"a=b"}},
					HTTP:      HTTPConfig{MaxBody: 1024, Introspection: "off", Suggestions: "on", PersistedQueries: "off", TrustedDocuments: "t"},
				}
				c.Admission.RateLimit, c.Admission.RequestTimeout = 10, time.Minute
				c.Limits.RepeatedFields, c.Limits.Cost = 7, 1_000_000
			},
		},
		{"a flag wins", []string{"GATEHOUSE_LISTEN=localhost:1", "GATEHOUSE_DATA=here"}, []string{"--listen=localhost:2"}, func(c *Config) { c.Listen, c.Data = "localhost:2", "here" }},
		{"a flag behind the command", nil, []string{"serve", "--log-level=debug"}, func(c *Config) { c.LogLevel = "debug" }},
		{"a bad variable behind a good flag", []string{"GATEHOUSE_LOG_LEVEL=loud"}, []string{"--log-level=debug"}, func(c *Config) { c.LogLevel = "debug" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := defaults()
			c.want(&want)
			got, err := parseCommandLine(c.arguments, environmentOf(c.environment...), t.Output(), t.Output())
			if err != nil || got.command != commandServe || !reflect.DeepEqual(got.Config, want) {
				t.Errorf("got %+v %v, want %+v", got, err, want)
			}
		})
	}
}

func TestConfigProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		variable string // perhaps with others that it needs, behind " & "
		problem  string // what the error has besides the variable's name; empty when it is in order
	}{
		{"no port", "GATEHOUSE_LISTEN=localhost", `"localhost"`},
		{"an empty port", "GATEHOUSE_LISTEN=localhost:", `"localhost:"`},
		{"a port too large", "GATEHOUSE_LISTEN=localhost:65536", `"localhost:65536"`},
		{"a port by name", "GATEHOUSE_LISTEN=localhost:http", `"localhost:http"`},
		{"every address", "GATEHOUSE_LISTEN=:8080", ""},
		{"a blank folder", "GATEHOUSE_DATA=  ", "must name a folder"},
		{"MongoDB without a keyset", "GATEHOUSE_KEYSET_FILE= & MONGODB_URI=mongodb://h", "is needed with MongoDB"},
		{"another database", "MONGODB_URI=postgres://u:hunter2@h & GATEHOUSE_KEYSET_FILE=k", "must begin with mongodb://"},
		{"a key of 39 characters", "GATEHOUSE_ADMIN_KEY=" + longKey[1:], "has 39 characters; 40 are the least"},
		{"a key of 40 characters", "GATEHOUSE_ADMIN_KEY=" + longKey, ""},
		{"a key with a space", "GATEHOUSE_ADMIN_KEY=hunter2 " + longKey, "visible ASCII"},
		{"a key that is no ASCII", "GATEHOUSE_ADMIN_KEY=hunter2" + strings.Repeat("é", 40), "visible ASCII"},
		{"a public URL", "GATEHOUSE_PUBLIC_URL=http://[::1]:8080/gate", ""},
		{"a public URL without a scheme", "GATEHOUSE_PUBLIC_URL=admin.example.com", `"admin.example.com" is not an http or https URL`},
		{"a public URL of another scheme", "GATEHOUSE_PUBLIC_URL=ftp://admin.example.com", "is not an http or https URL"},
		{"a public URL without a host", "GATEHOUSE_PUBLIC_URL=https://:8080", "is not an http or https URL"},
		{"a public URL with a slash at its end", "GATEHOUSE_PUBLIC_URL=https://admin.example.com/", "is not an http or https URL"},
		{"a public URL with a query", "GATEHOUSE_PUBLIC_URL=https://admin.example.com?a=b", "is not an http or https URL"},
		{"a public URL with an empty query", "GATEHOUSE_PUBLIC_URL=https://admin.example.com?", "is not an http or https URL"},
		{"a public URL with a fragment", "GATEHOUSE_PUBLIC_URL=https://admin.example.com#", "is not an http or https URL"},
		{"a public URL with user information", "GATEHOUSE_PUBLIC_URL=https://u:hunter2@admin.example.com", "must be without user information"},
		{"a public URL that is none", "GATEHOUSE_PUBLIC_URL=https://u:hunter2@admin.example.com:port", "is not a URL"},
		{"a public URL of 257 characters", "GATEHOUSE_PUBLIC_URL=https://a.example/" + strings.Repeat("a", 239), "has 257 characters; 256 are the most"},
		{"a public URL of 256 characters", "GATEHOUSE_PUBLIC_URL=https://a.example/" + strings.Repeat("a", 238), ""},
		{"a start that is over before it begins", "GATEHOUSE_STARTUP_TIMEOUT=-1s", "-1s is negative"},
		{"a short-lived signing key", "GATEHOUSE_SIGNING_KEY_LIFETIME=9.999s", "9.999s is too short; 10s is the least"},
		{"a signing key that never signs", "GATEHOUSE_SIGNING_KEY_LIFETIME=-1h", "is too short"},
		{"the shortest-lived signing key", "GATEHOUSE_SIGNING_KEY_LIFETIME=10s", ""},
		{"a negative rate", "GATEHOUSE_RATE_LIMIT=-1", "-1 is less than 0"},
		{"a negative burst", "GATEHOUSE_RATE_BURST=-1 & GATEHOUSE_RATE_LIMIT=1", "-1 is less than 0"},
		{"a burst without a rate", "GATEHOUSE_RATE_BURST=1", "says nothing without GATEHOUSE_RATE_LIMIT"},
		{"a burst with a rate", "GATEHOUSE_RATE_BURST=1 & GATEHOUSE_RATE_LIMIT=1", ""},
		{"negative work", "GATEHOUSE_MAX_CONCURRENT=-1", "-1 is less than 0"},
		{"a negative queue", "GATEHOUSE_MAX_QUEUE=-1", "-1 is less than 0"},
		{"a negative share", "GATEHOUSE_MAX_PER_CALLER=-1", "-1 is less than 0"},
		{"no connections", "GATEHOUSE_MAX_CONNECTIONS=0", "0 is less than 1"},
		{"no patience", "GATEHOUSE_MAX_WAIT=0s", "0s is no time to wait"},
		{"a hasty timeout", "GATEHOUSE_REQUEST_TIMEOUT=999ms", "999ms is not from 1s to 1h0m0s"},
		{"an endless timeout", "GATEHOUSE_REQUEST_TIMEOUT=61m", "1h1m0s is not from 1s to 1h0m0s"},
		{"the longest timeout", "GATEHOUSE_REQUEST_TIMEOUT=1h", ""},
		{"any origin", "GATEHOUSE_CORS_ORIGINS=*", `"*" is not an origin`},
		{"a wildcard", "GATEHOUSE_CORS_ORIGINS=https://*.example.com", `"https://*.example.com" is not an origin`},
		{"a path", "GATEHOUSE_CORS_ORIGINS=https://example.com/", `"https://example.com/" is not an origin`},
		{"a host", "GATEHOUSE_CORS_ORIGINS=example.com", `"example.com" is not an origin`},
		{"no origin", "GATEHOUSE_CORS_ORIGINS=null", `"null" is not an origin`},
		{"a file", "GATEHOUSE_CORS_ORIGINS=file://host", `"file://host" is not an origin`},
		{"user information", "GATEHOUSE_CORS_ORIGINS=https://user@example.com", `"https://user@example.com" is not an origin`},
		{"a good origin and a bad one", "GATEHOUSE_CORS_ORIGINS=https://a.example,b.example", `"b.example" is not an origin`},
		{"an issuer on this machine", "GATEHOUSE_OIDC_ISSUER=http://127.0.0.1:3000 & GATEHOUSE_OIDC_AUDIENCE=a", ""},
		{"an issuer that is not encrypted", "GATEHOUSE_OIDC_ISSUER=http://id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", "http is for loopback hosts only"},
		{"an issuer with a password", "GATEHOUSE_OIDC_ISSUER=https://u:hunter2@id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", "no user information"},
		{"an issuer that is a host", "GATEHOUSE_OIDC_ISSUER=id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", "is not an absolute URL"},
		{"an issuer without an audience", "GATEHOUSE_OIDC_AUDIENCE= & GATEHOUSE_OIDC_ISSUER=https://id.example.com", "is needed with GATEHOUSE_OIDC_ISSUER"},
		{"an audience without an issuer", "GATEHOUSE_OIDC_AUDIENCE=a", "says nothing without GATEHOUSE_OIDC_ISSUER"},
		{"an issuer that is this server", "GATEHOUSE_PUBLIC_URL=https://id.example.com & GATEHOUSE_OIDC_ISSUER=https://id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", "is GATEHOUSE_OIDC_ISSUER as well"},
		{"a claim without an issuer", "GATEHOUSE_OIDC_CLAIM=a", "says nothing without GATEHOUSE_OIDC_ISSUER"},
		{"a mapping without an issuer", "GATEHOUSE_OIDC_PERMISSIONS=a=*", "says nothing without GATEHOUSE_OIDC_ISSUER"},
		{"a tenant without an issuer", "GATEHOUSE_OIDC_TENANT=" + otherTenant, "says nothing without GATEHOUSE_OIDC_ISSUER"},
		{"a mapping without a value", "GATEHOUSE_OIDC_PERMISSIONS=apps:read & GATEHOUSE_OIDC_ISSUER=https://id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", `"apps:read" is not VALUE=SCOPES`},
		{"a scope that is none", "GATEHOUSE_OIDC_PERMISSIONS=a=apps:reed & GATEHOUSE_OIDC_ISSUER=https://id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", `"apps:reed" is no scope`},
		{"a tenant by name", "GATEHOUSE_OIDC_TENANT=acme & GATEHOUSE_OIDC_ISSUER=https://id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", `"acme" is not the ID of a tenant`},
		{"a tenant in capitals", "GATEHOUSE_OIDC_TENANT=" + strings.ToUpper(otherTenant) + " & GATEHOUSE_OIDC_ISSUER=https://id.example.com & GATEHOUSE_OIDC_AUDIENCE=a", "is not the ID of a tenant"},
		{"a format", "GATEHOUSE_LOG_FORMAT=JSON", `"JSON" is neither text nor json`},
		{"no tokens", "GATEHOUSE_LIMIT_TOKENS=0", "0 is less than 1"},
		{"less than no depth", "GATEHOUSE_LIMIT_INPUT_DEPTH=-1", "-1 is less than 1"},
		{"the least cost", "GATEHOUSE_LIMIT_COST=1", ""},
		{"no port for metrics", "GATEHOUSE_METRICS_LISTEN=localhost", `"localhost" is not HOST:PORT`},
		{"profiles without a listener", "GATEHOUSE_PPROF=true", "says nothing without GATEHOUSE_METRICS_LISTEN"},
		{"profiles", "GATEHOUSE_PPROF=true & GATEHOUSE_METRICS_LISTEN=127.0.0.1:0", ""},
		{"a collector with a password", "GATEHOUSE_OTLP_ENDPOINT=https://u:hunter2@h", "must be without user information"},
		{"a collector that is none", "GATEHOUSE_OTLP_ENDPOINT=https://u:hunter2@h:port", "is not a URL"},
		{"a collector by gRPC", "GATEHOUSE_OTLP_ENDPOINT=grpc://h:4317", "is not an http or https URL"},
		{"a collector without a host", "GATEHOUSE_OTLP_ENDPOINT=http://:4318", "is not an http or https URL"},
		{"a collector with a query", "GATEHOUSE_OTLP_ENDPOINT=http://h?a", "is not an http or https URL"},
		{"headers without a collector", "GATEHOUSE_OTLP_HEADERS=a=b", "says nothing without GATEHOUSE_OTLP_ENDPOINT"},
		{"a header without a value", "GATEHOUSE_OTLP_HEADERS=a=b,hunter2 & GATEHOUSE_OTLP_ENDPOINT=http://h", "number 2 is not NAME=VALUE"},
		{"a header with a line end", "GATEHOUSE_OTLP_HEADERS=a=hunter2\nb & GATEHOUSE_OTLP_ENDPOINT=http://h", "number 1 is not NAME=VALUE"},
		{"more than all requests", "GATEHOUSE_OTLP_RATIO=1.1", "1.1 is not from 0 to 1"},
		{"a ratio that is none", "GATEHOUSE_OTLP_RATIO=NaN", "NaN is not from 0 to 1"},
		{"a body too small for requests", "GATEHOUSE_MAX_BODY=1023", "1023 bytes are too few; 1024 are the least"},
		{"a body of less than nothing", "GATEHOUSE_MAX_BODY=-1", "-1 bytes are too few"},
		{"the smallest body", "GATEHOUSE_MAX_BODY=1024", ""},
		{"a switch in another language", "GATEHOUSE_INTROSPECTION=false", `"false" is neither on nor off`},
		{"a switch in capitals", "GATEHOUSE_SUGGESTIONS=OFF", `"OFF" is neither on nor off`},
		{"a switch with two names", "GATEHOUSE_PERSISTED_QUERIES=maybe", `"maybe" is neither on nor off`},
		{"a level", "GATEHOUSE_LOG_LEVEL=trace", `"trace" is none of`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			name, _, _ := strings.Cut(c.variable, "=")
			_, err := parseCommandLine(nil, environmentOf(strings.Split(c.variable, " & ")...), t.Output(), t.Output())
			switch {
			case c.problem == "" && err != nil:
				t.Errorf("is refused: %v", err)
			case c.problem == "":
			case err == nil:
				t.Error("is accepted")
			case !strings.Contains(err.Error(), c.problem) || !strings.HasPrefix(err.Error(), name+" (--"):
				t.Errorf("the problem %q does not say %s: %s", err, name, c.problem)
			case strings.Contains(err.Error(), "\n"):
				t.Errorf("one problem is told as several: %q", err)
			case strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the problem shows a secret: %q", err)
			}
		})
	}
}

// TestSeveralProblemsOfOIDC checks that all of them are told, each with its setting.
func TestSeveralProblemsOfOIDC(t *testing.T) {
	t.Parallel()
	_, err := parseCommandLine([]string{"--oidc-tenant=x"}, environmentOf("GATEHOUSE_OIDC_ISSUER=id", "GATEHOUSE_OIDC_PERMISSIONS=a;b=c"), t.Output(), t.Output())
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Fatalf("the problems are %v", err)
	}
	for _, problem := range []string{
		"GATEHOUSE_OIDC_ISSUER (--oidc-issuer): is not an absolute URL", "GATEHOUSE_OIDC_AUDIENCE (--oidc-audience): is needed",
		`GATEHOUSE_OIDC_PERMISSIONS (--oidc-permissions): "a" is not VALUE=SCOPES`, `GATEHOUSE_OIDC_PERMISSIONS (--oidc-permissions): "b": "c" is no scope`,
		`GATEHOUSE_OIDC_TENANT (--oidc-tenant): "x" is not the ID`,
	} {
		if !strings.Contains(err.Error(), problem) {
			t.Errorf("the problems lack %s:\n%v", problem, err)
		}
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format, level string
		lines         int
	}{{"text", "debug", 4}, {"json", "info", 3}, {"text", "warn", 2}, {"json", "error", 1}} {
		var out bytes.Buffer
		log := Config{LogFormat: c.format, LogLevel: c.level}.logger(&out)
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			log.Log(t.Context(), level, "message")
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != c.lines {
			t.Errorf("level %s writes %d lines, want %d", c.level, len(lines), c.lines)
		}
		if json.Valid([]byte(lines[0])) != (c.format == "json") {
			t.Errorf("format %s writes %s", c.format, lines[0])
		}
	}
}
