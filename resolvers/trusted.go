package resolvers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/graph"
)

// TrustedDocuments are the only documents that a server runs. Requests send their IDs, as they do with
// persisted queries, or their texts.
type TrustedDocuments struct {
	texts map[string]string // by ID
	known map[string]bool   // the texts
}

// The format of a manifest, as Apollo's tool writes it.
const (
	manifestFormat  = "apollo-persisted-query-manifest"
	manifestVersion = 1
)

// manifest is a file of trusted documents.
type manifest struct {
	Format     string `json:"format"`
	Version    int    `json:"version"`
	Operations []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"`
		Body string `json:"body"`
	} `json:"operations"`
}

// ReadTrustedDocuments reads a manifest as @apollo/generate-persisted-query-manifest writes it. Each of
// its documents has one operation, fits the schema and is within the limits. The error lists every
// problem, one a line.
func ReadTrustedDocuments(raw []byte, limits Limits) (*TrustedDocuments, error) {
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("is no manifest: %w", err)
	}
	if m.Format != manifestFormat || m.Version != manifestVersion {
		return nil, fmt.Errorf("is not in the format %q, version %d", manifestFormat, manifestVersion)
	}
	if len(m.Operations) == 0 {
		return nil, errors.New("has no operations")
	}
	ready := &documents{limits: &limits, validator: newValidator(graph.NewExecutableSchema(graph.Config{}).Schema(), true)}
	trusted := &TrustedDocuments{texts: map[string]string{}, known: map[string]bool{}}
	var problems []error
	for i, operation := range m.Operations {
		found := ready.describe(operation.Body, operation.Name, operation.Type)
		if strings.TrimSpace(operation.ID) == "" {
			found = append(found, "has no id")
		} else if _, there := trusted.texts[operation.ID]; there {
			found = append(found, fmt.Sprintf("has the id %q of another one", operation.ID))
		}
		for _, problem := range found {
			problems = append(problems, fmt.Errorf("operation %d (%q): %s", i+1, operation.Name, problem))
		}
		trusted.texts[operation.ID] = operation.Body
		trusted.known[operation.Body] = true
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return trusted, nil
}

// Len is how many documents there are.
func (t *TrustedDocuments) Len() int { return len(t.texts) }

// describe finds what is wrong with a document of which a manifest says that its operation has this
// name and type.
func (d *documents) describe(text, name, kind string) (problems []string) {
	document, errs := d.prepare(text)
	for _, err := range errs {
		at := ""
		if len(err.Locations) > 0 {
			at = fmt.Sprintf(" (line %d, column %d)", err.Locations[0].Line, err.Locations[0].Column)
		}
		problems = append(problems, err.Message+at)
	}
	if document == nil {
		return problems
	}
	operations := document.tree.Operations
	if len(operations) != 1 {
		return append(problems, fmt.Sprintf("has %d operations; one is needed", len(operations)))
	}
	if operations[0].Name != name {
		problems = append(problems, fmt.Sprintf("is called %q in its body", operations[0].Name))
	}
	if string(operations[0].Operation) != kind {
		problems = append(problems, fmt.Sprintf("is a %s, not a %q", operations[0].Operation, kind))
	}
	return problems
}

// trustedOnly refuses every document but trusted ones.
type trustedOnly struct{ documents *TrustedDocuments }

// find finds the document of one request. A text is compared letter by letter: what only means the
// same is not what was looked at when it was registered.
func (t trustedOnly) find(_ context.Context, request *graphql.RawParams) *gqlerror.Error {
	id, given, err := persistedID(request.Extensions)
	if err != nil {
		return err
	}
	if !given {
		if t.documents.known[request.Query] {
			return nil
		}
		return untrusted("Only registered documents run on this server, and this is none.")
	}
	text, known := t.documents.texts[id]
	if !known {
		return untrusted("Only registered documents run on this server, and none has this ID.")
	}
	if request.Query != "" && request.Query != text {
		return untrusted("The document with this ID is another one.")
	}
	request.Query = text
	return nil
}

// remember does nothing: all of them are known.
func (trustedOnly) remember(context.Context, *graphql.RawParams) {}

func untrusted(message string) *gqlerror.Error { return coded("DOCUMENT_NOT_TRUSTED", message) }
