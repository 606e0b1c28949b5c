package mongodb

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"gatehouse/store"
)

const defaultDatabase = "gatehouse"

// target is what a connection URI says.
type target struct {
	options  *options.ClientOptions
	database string
	secrets  secrets
}

func parseURI(uri string) (*target, error) {
	opts := options.Client().ApplyURI(uri)
	if err := opts.Validate(); err != nil {
		return nil, malformed(uri, err)
	}
	if err := refuseWeaker(opts); err != nil {
		return nil, err
	}
	journal := true
	opts.SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journal})
	opts.SetReadConcern(readconcern.Majority())
	opts.SetReadPreference(readpref.Primary())
	if opts.Timeout == nil {
		opts.SetTimeout(operationTimeout)
	}
	if opts.ServerSelectionTimeout == nil {
		opts.SetServerSelectionTimeout(selectionTimeout)
	}
	if opts.ConnectTimeout == nil {
		opts.SetConnectTimeout(connectTimeout)
	}
	if opts.AppName == nil {
		opts.SetAppName("gatehouse")
	}
	return &target{options: opts, database: databaseOf(uri), secrets: secretsOf(uri, opts)}, nil
}

// refuseWeaker refuses what would break the promises in the package comment.
func refuseWeaker(opts *options.ClientOptions) error {
	var problems []error
	if wc := opts.WriteConcern; wc != nil {
		if wc.W != nil && wc.W != writeconcern.WCMajority {
			problems = append(problems, errors.New("w must be majority"))
		}
		if wc.Journal != nil && !*wc.Journal {
			problems = append(problems, errors.New("journal must be true"))
		}
	}
	if rc := opts.ReadConcern; rc != nil && rc.Level != "majority" {
		problems = append(problems, errors.New("readConcernLevel must be majority"))
	}
	if rp := opts.ReadPreference; rp != nil && rp.Mode() != readpref.PrimaryMode {
		problems = append(problems, errors.New("readPreference must be primary"))
	}
	if len(problems) > 0 {
		return fmt.Errorf("the MongoDB URI weakens what changes rely on; leave out of it what is not so: %w",
			errors.Join(problems...))
	}
	return nil
}

// databaseOf returns the database in the path of a URI that the driver has found to be in order. It
// cuts where the driver does.
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	if _, hosts, ok := strings.Cut(rest, "@"); ok {
		rest = hosts
	}
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	if name, err := url.QueryUnescape(path); err == nil && name != "" {
		return name
	}
	return defaultDatabase
}

// malformed explains why the driver refuses a URI. The driver's own words may quote any part of it,
// and in a URI that cannot be parsed nobody knows which part is the password. So they are used only
// if the fault is one of a lookup, or also there when only the options are left of the URI.
func malformed(uri string, err error) error {
	if lookup := (*net.DNSError)(nil); errors.As(err, &lookup) {
		return fmt.Errorf("%w: find the servers of the MongoDB URI: %w", store.ErrUnavailable, lookup)
	}
	_, rest, ok := strings.Cut(uri, "://")
	if !ok || (!strings.HasPrefix(uri, "mongodb://") && !strings.HasPrefix(uri, "mongodb+srv://")) {
		return errors.New("the MongoDB URI must begin with mongodb:// or mongodb+srv://")
	}
	rest = rest[strings.LastIndex(rest, "@")+1:]
	_, query, _ := strings.Cut(rest, "?")
	var public []string
	for _, option := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		if name, _, ok := strings.Cut(option, "="); ok && !secretOption(name) && !strings.HasPrefix(name, "srv") {
			public = append(public, option)
		}
	}
	probe := options.Client().ApplyURI("mongodb://user:password@localhost/?" + strings.Join(public, "&"))
	if err := probe.Validate(); err != nil {
		return fmt.Errorf("the options of the MongoDB URI are not valid: %w", err)
	}
	return errors.New("the MongoDB URI is malformed: it must look like " +
		"mongodb://user:password@host:port/database?options, with every special character of user and password percent-encoded")
}

// secretOption says whether an option of a connection URI may hold a secret.
func secretOption(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "password") || strings.Contains(name, "properties")
}

// secrets are the texts that no error may have in it.
type secrets []string

// secretsOf collects the secrets of a URI as they are written there and as they are meant.
func secretsOf(uri string, opts *options.ClientOptions) secrets {
	var found secrets
	add := func(text string) {
		if text != "" {
			found = append(found, text)
		}
	}
	_, rest, _ := strings.Cut(uri, "://")
	if user, hosts, ok := strings.Cut(rest, "@"); ok {
		_, password, _ := strings.Cut(user, ":")
		add(password)
		rest = hosts
	}
	if opts.Auth != nil {
		add(opts.Auth.Password)
		add(opts.Auth.AuthMechanismProperties["AWS_SESSION_TOKEN"])
	}
	_, query, _ := strings.Cut(rest, "?")
	for _, option := range strings.Split(query, "&") {
		if name, value, _ := strings.Cut(option, "="); secretOption(name) {
			add(value)
		}
	}
	return found
}

// conceal returns err as it is, or, if its text has a secret in it, another with that text but the
// secret and without the causes. It keeps store.ErrUnavailable.
func (s secrets) conceal(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, "[secret]")
	}
	switch {
	case text == err.Error():
		return err
	case errors.Is(err, store.ErrUnavailable):
		return fmt.Errorf("%w (%s)", store.ErrUnavailable, text)
	}
	return errors.New(text)
}
