package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"

	"gatehouse/auth"
	"gatehouse/telemetry"
)

// Config is all that an operator can set. Flags win over the environment, which wins over the
// defaults. Nothing reads the environment later.
type Config struct {
	Listen             string        `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen. Port 0 takes a free one. (GATEHOUSE_LISTEN)"`
	Data               string        `default:"data" placeholder:"FOLDER" help:"Folder of the embedded store, made when it is missing. Not used with MongoDB. (GATEHOUSE_DATA)"`
	MongoDBURI         string        `name:"mongodb-uri" placeholder:"URI" help:"Keep the data in MongoDB; the database is the URI's path, \"gatehouse\" without one. (MONGODB_URI)"`
	KeysetFile         string        `name:"keyset-file" placeholder:"FILE" help:"The keyset that seals secrets at rest. Needed with MongoDB, where all processes share one; otherwise made in the data folder. (GATEHOUSE_KEYSET_FILE)"`
	AdminKey           string        `placeholder:"KEY" help:"An admin key with every permission, valid as long as it is configured: ${min_key} characters or more. (GATEHOUSE_ADMIN_KEY)"`
	PublicURL          string        `name:"public-url" placeholder:"URL" help:"Where callers reach this server, such as https://admin.example.com: the issuer of its access tokens. All processes on one MongoDB need the same. http:// and the address it listens on by default. (GATEHOUSE_PUBLIC_URL)"`
	CORSOrigins        []string      `name:"cors-origins" placeholder:"ORIGIN" help:"Origins whose pages may call the API, such as https://admin.example.com. None by default. (GATEHOUSE_CORS_ORIGINS)"`
	SigningKeyLifetime time.Duration `default:"720h" placeholder:"DURATION" help:"For how long one key signs access tokens, ${min_signing_key_lifetime} or more; the same for all processes. (GATEHOUSE_SIGNING_KEY_LIFETIME)"`
	TrustedProxies     []string      `name:"trusted-proxies" placeholder:"NETWORK" help:"Addresses and networks of proxies in front, such as 10.0.0.0/8: what they add to X-Forwarded-For is believed. None by default. (GATEHOUSE_TRUSTED_PROXIES)"`
	LogFormat          string        `default:"text" placeholder:"FORMAT" help:"text or json. (GATEHOUSE_LOG_FORMAT)"`
	LogLevel           string        `default:"info" placeholder:"LEVEL" help:"debug, info, warn or error. (GATEHOUSE_LOG_LEVEL)"`

	Start     StartConfig     `embed:""`
	HTTP      HTTPConfig      `embed:""`
	OIDC      OIDCConfig      `embed:"" prefix:"oidc-"`
	Telemetry TelemetryConfig `embed:"" group:"What operators see; docs/observability.md"`
	Admission AdmissionConfig `embed:"" group:"How much is let in at once; docs/overload.md has the reasons"`
	Limits    LimitsConfig    `embed:"" prefix:"limit-" group:"Limits of one GraphQL request; docs/limits.md has the reasons"`
}

// The commands, as kong names them.
const (
	commandServe        = "serve"
	commandKeysetCreate = "keyset create <file>"
	commandKeysetRotate = "keyset rotate <file>"
	commandKeysetReseal = "keyset reseal"
	commandCopy         = "copy"
	commandSigningKeys  = "signing-keys replace"
	commandBackup       = "backup <folder>"
	commandCheck        = "check"
	commandTenantCreate = "tenant create <name>"
	commandTenantKey    = "tenant key <tenant>"
	commandTenantList   = "tenant list"
	commandVersion      = "version"
	commandHelp         = "help"
)

type commandLine struct {
	Config `embed:""`

	Serve  struct{} `cmd:"" default:"1" help:"Serve the API (the default)."`
	Keyset struct {
		Create struct {
			File string `arg:"" help:"The file to make; it must not be there."`
		} `cmd:"" help:"Make a keyset file."`
		Rotate struct {
			File string `arg:"" help:"The keyset file."`
		} `cmd:"" help:"Add a primary key to a keyset file. What older keys sealed still opens."`
		Reseal struct{} `cmd:"" help:"Seal with the primary key whatever older keys have sealed, while others serve."`
	} `cmd:"" help:"Keep the keyset that seals secrets at rest."`
	SigningKeys struct {
		Replace struct{} `cmd:"" help:"End all keys that sign access tokens, and so every token that is out, while others serve."`
	} `cmd:"" help:"Keep the keys that sign access tokens. They rotate by themselves."`
	Backup struct {
		Folder string `arg:"" help:"The folder to make the copy in; it must hold none yet."`
	} `cmd:"" help:"Copy the database of the data folder while others serve from it. The keyset is not copied."`
	Copy   copyOptions `cmd:"" help:"Copy all data between a data folder and MongoDB, or two of either. Nobody may serve from them meanwhile."`
	Tenant struct {
		Create struct {
			Name string `arg:"" help:"Its name: 1 to 128 characters, unique among tenants."`
		} `cmd:"" help:"Make a tenant with an admin key, shown once."`
		Key struct {
			Tenant string `arg:"" help:"The tenant's ID; gatehouse tenant list shows it."`
		} `cmd:"" help:"Make one more admin key with every permission for a tenant, shown once. The way in when its last key is lost."`
		List struct{} `cmd:"" help:"Print the tenants, one a line: ID, time of creation and name, with tabs between."`
	} `cmd:"" help:"Keep the tenants, while others serve."`
	Check   struct{} `cmd:"" help:"Check the configuration and what it leads to: the database, the keyset, the OpenID provider. Changes nothing. One line for each check; code 1 when one fails."`
	Version struct{} `cmd:"" help:"Print the version."`

	// command is the one chosen.
	command string
}

// copyOptions are the flags of the copy command.
type copyOptions struct {
	From   string `required:"" placeholder:"FOLDER|URI" help:"Where to copy from: a data folder, or the URI of a MongoDB database."`
	To     string `required:"" placeholder:"FOLDER|URI" help:"Where to copy to. It must be empty, or hold what an interrupted copy left (--resume)."`
	Resume bool   `help:"Go on with a copy that was interrupted."`
}

// parseCommandLine reads the command line and the environment. The error lists every problem.
func parseCommandLine(args []string, getenv func(string) string, stdout, stderr io.Writer) (line *commandLine, err error) {
	line = &commandLine{}
	exited := false
	parser, err := kong.New(line,
		kong.Name("gatehouse"),
		kong.Description("A GraphQL admin API for apps, management applications, and how people log in to them. Every flag has an environment variable, named in parentheses; the flag wins."),
		kong.Vars{
			"min_key":                  strconv.Itoa(auth.MinKeyLength),
			"default_burst_seconds":    strconv.Itoa(burstSeconds),
			"default_concurrent":       strconv.Itoa(concurrentPerProcessor),
			"default_queue":            strconv.Itoa(queuePerConcurrent),
			"min_max_body":             strconv.Itoa(minMaxBody),
			"min_signing_key_lifetime": auth.MinSigningKeyLifetime.String(),
		},
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.Resolvers(environment(getenv)),
	)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.Parse(args)
	if exited {
		line.command = commandHelp
		return line, nil
	}
	if err != nil {
		return nil, fmt.Errorf("gatehouse: %w (see gatehouse --help)", err)
	}
	line.command = parsed.Command()
	switch line.command {
	case commandServe, commandCheck, commandKeysetReseal, commandSigningKeys, commandBackup, commandTenantCreate, commandTenantKey,
		commandTenantList:
		err = line.check()
	default:
		err = line.checkLog()
	}
	return line, err
}

// environment is where flags that are not given come from.
func environment(getenv func(string) string) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		switch flag.Name {
		case "from", "to", "resume", "help": // said for one run, on its command line
			return nil, nil //nolint:nilnil // how kong wants to hear "not set"
		}
		name := strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if name != "MONGODB_URI" {
			name = "GATEHOUSE_" + name
		}
		if value := getenv(name); value != "" {
			return value, nil
		}
		return nil, nil //nolint:nilnil // how kong wants to hear "not set"
	})
}

// check finds every problem of the configuration.
func (c Config) check() error {
	return errors.Join(c.checkListen(), c.checkStore(), c.checkKey(), c.checkPublicURL(), c.checkSigningKeyLifetime(), c.checkOrigins(), c.checkProxies(), c.Start.check(), c.HTTP.check(), c.OIDC.check(), c.Limits.check(), c.Admission.check(), c.Telemetry.check(), c.checkLog())
}

func (c Config) checkListen() error {
	if err := checkAddress(c.Listen); err != nil {
		return fmt.Errorf("GATEHOUSE_LISTEN (--listen): %w", err)
	}
	return nil
}

func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%q is not HOST:PORT with a port from 0 to 65535", address)
	}
	return nil
}

func (c Config) checkStore() error {
	if c.MongoDBURI == "" {
		if strings.TrimSpace(c.Data) == "" {
			return errors.New("GATEHOUSE_DATA (--data): must name a folder")
		}
		return nil
	}
	var problems []error
	if !isMongoDB(c.MongoDBURI) {
		problems = append(problems, errors.New("MONGODB_URI (--mongodb-uri): must begin with mongodb:// or mongodb+srv://"))
	}
	if c.KeysetFile == "" {
		problems = append(problems, errors.New("GATEHOUSE_KEYSET_FILE (--keyset-file): is needed with MongoDB; make one with: gatehouse keyset create FILE"))
	}
	return errors.Join(problems...)
}

func isMongoDB(uri string) bool {
	return strings.HasPrefix(uri, "mongodb://") || strings.HasPrefix(uri, "mongodb+srv://")
}

func (c Config) checkKey() error {
	if n := utf8.RuneCountInString(c.AdminKey); n > 0 && n < auth.MinKeyLength {
		return fmt.Errorf("GATEHOUSE_ADMIN_KEY (--admin-key): has %d characters; %d are the least", n, auth.MinKeyLength)
	}
	if strings.ContainsFunc(c.AdminKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("GATEHOUSE_ADMIN_KEY (--admin-key): must be visible ASCII, since it travels in a header")
	}
	return nil
}

// maxPublicURL bounds the public URL, in characters: it is in every access token twice.
const maxPublicURL = 256

func (c Config) checkPublicURL() error {
	if c.PublicURL == "" {
		return nil
	}
	const name = "GATEHOUSE_PUBLIC_URL (--public-url): "
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil:
		return errors.New(name + "is not a URL")
	case u.User != nil: // before anything that shows it
		return errors.New(name + "must be without user information")
	case len(c.PublicURL) > maxPublicURL:
		return fmt.Errorf(name+"has %d characters; %d are the most", len(c.PublicURL), maxPublicURL)
	case c.PublicURL == c.OIDC.Issuer: // whose a token is is told by its issuer
		return fmt.Errorf(name+"%q is GATEHOUSE_OIDC_ISSUER as well", c.PublicURL)
	case (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || strings.ContainsAny(c.PublicURL, "?#") ||
		strings.HasSuffix(c.PublicURL, "/") || u.String() != c.PublicURL:
		return fmt.Errorf(name+"%q is not an http or https URL such as https://admin.example.com, without query, fragment, or a slash at its end", c.PublicURL)
	}
	return nil
}

// publicURL is where callers reach the server that listens on an address.
func (c Config) publicURL(listensOn net.Addr) string {
	if c.PublicURL == "" {
		return "http://" + listensOn.String()
	}
	return c.PublicURL
}

func (c Config) checkSigningKeyLifetime() error {
	if c.SigningKeyLifetime < auth.MinSigningKeyLifetime {
		return fmt.Errorf("GATEHOUSE_SIGNING_KEY_LIFETIME (--signing-key-lifetime): %s is too short; %s is the least", c.SigningKeyLifetime, auth.MinSigningKeyLifetime)
	}
	return nil
}

func (c Config) checkOrigins() error {
	var problems []error
	for _, origin := range c.CORSOrigins {
		u, err := url.Parse(origin)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || strings.Contains(u.Host, "*") ||
			u.Scheme+"://"+u.Host != origin {
			problems = append(problems, fmt.Errorf("GATEHOUSE_CORS_ORIGINS (--cors-origins): %q is not an origin such as https://admin.example.com", origin))
		}
	}
	return errors.Join(problems...)
}

func (c Config) checkProxies() error {
	if _, err := parseNetworks(c.TrustedProxies); err != nil {
		return fmt.Errorf("GATEHOUSE_TRUSTED_PROXIES (--trusted-proxies): %w", err)
	}
	return nil
}

func (c Config) checkLog() error {
	var problems []error
	if c.LogFormat != "text" && c.LogFormat != "json" {
		problems = append(problems, fmt.Errorf("GATEHOUSE_LOG_FORMAT (--log-format): %q is neither text nor json", c.LogFormat))
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		problems = append(problems, fmt.Errorf("GATEHOUSE_LOG_LEVEL (--log-level): %q is none of debug, info, warn, error", c.LogLevel))
	}
	return errors.Join(problems...)
}

// keysetFile is where the keyset is.
func (c Config) keysetFile() string {
	if c.KeysetFile == "" {
		return filepath.Join(c.Data, "keyset.json")
	}
	return c.KeysetFile
}

// logger makes the log that the configuration asks for.
func (c Config) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		level = slog.LevelInfo // check has refused every other word
	}
	options := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(telemetry.LogHandler(slog.NewJSONHandler(w, options)))
	}
	return slog.New(telemetry.LogHandler(slog.NewTextHandler(w, options)))
}
