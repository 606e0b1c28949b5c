package main

import (
	"errors"
	"fmt"
	"os"

	"gatehouse/resolvers"
)

// HTTPConfig is how the API is offered over HTTP.
type HTTPConfig struct {
	MaxBody          int64  `default:"1048576" placeholder:"BYTES" help:"The largest body of a request, in bytes, ${min_max_body} or more. (GATEHOUSE_MAX_BODY)"`
	Introspection    string `default:"on" placeholder:"on|off" help:"Whether callers may ask for the schema. (GATEHOUSE_INTROSPECTION)"`
	Suggestions      string `default:"on" placeholder:"on|off" help:"Whether errors say which names of the schema are similar to an unknown one. (GATEHOUSE_SUGGESTIONS)"`
	PersistedQueries string `name:"persisted-queries" default:"on" placeholder:"on|off" help:"Whether clients may name a document that they have sent before by its hash. (GATEHOUSE_PERSISTED_QUERIES)"`
	TrustedDocuments string `name:"trusted-documents" placeholder:"FILE" help:"Run only the documents of this manifest, as @apollo/generate-persisted-query-manifest writes it. (GATEHOUSE_TRUSTED_DOCUMENTS)"`
}

// minMaxBody is the least that a body may be bounded to, in bytes: less would refuse ordinary requests.
const minMaxBody = 1 << 10

// The words of a switch.
const (
	switchOn  = "on"
	switchOff = "off"
)

func (c HTTPConfig) check() error {
	var problems []error
	if c.MaxBody < minMaxBody {
		problems = append(problems, fmt.Errorf("GATEHOUSE_MAX_BODY (--max-body): %d bytes are too few; %d are the least", c.MaxBody, minMaxBody))
	}
	for _, setting := range []struct{ variable, flag, value string }{
		{"INTROSPECTION", "introspection", c.Introspection},
		{"SUGGESTIONS", "suggestions", c.Suggestions},
		{"PERSISTED_QUERIES", "persisted-queries", c.PersistedQueries},
	} {
		if setting.value != switchOn && setting.value != switchOff {
			problems = append(problems, fmt.Errorf("GATEHOUSE_%s (--%s): %q is neither on nor off", setting.variable, setting.flag, setting.value))
		}
	}
	return errors.Join(problems...)
}

// graphql are the options of the GraphQL handler that the configuration, which has been checked, asks
// for. It reads the file of trusted documents; the error lists every problem of it.
func (c Config) graphql() (resolvers.Options, error) {
	options := resolvers.Options{
		Limits:             c.Limits.limits(),
		NoSuggestions:      c.HTTP.Suggestions == switchOff,
		NoIntrospection:    c.HTTP.Introspection == switchOff,
		NoPersistedQueries: c.HTTP.PersistedQueries == switchOff,
	}
	file := c.HTTP.TrustedDocuments
	if file == "" {
		return options, nil
	}
	const name = "GATEHOUSE_TRUSTED_DOCUMENTS (--trusted-documents): "
	raw, err := os.ReadFile(file)
	if err != nil {
		return options, fmt.Errorf(name+"%w", err)
	}
	if options.Trusted, err = resolvers.ReadTrustedDocuments(raw, options.Limits); err != nil {
		return options, fmt.Errorf(name+"%s: %w", file, err)
	}
	return options, nil
}
