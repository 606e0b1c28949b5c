package resolvers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// persistedQueryName is the extension of a request that names a document instead of sending it.
	persistedQueryName = "persistedQuery"
	// rememberedTexts is how many persisted queries a process remembers: those used last. A text is no
	// longer than Limits.Bytes, so with the default limits they take up to 32 MiB.
	rememberedTexts = 512
)

// persistedQueries are automatic persisted queries, as Apollo's clients speak them: a request names its
// document by the SHA-256 of the text; when nobody has sent the text yet, the answer says so, and the
// client sends both. gqlgen's own extension remembers whatever text has the right hash, be it no
// GraphQL or larger than any document may be, and answers with errors that have no code.
//
// A text tells nothing about who sent it, so all callers share them. Every process remembers its own,
// which costs clients a request more now and then.
type persistedQueries struct {
	// texts are the documents by their hashes; nil when persisted queries are turned off.
	texts graphql.Cache[string]
}

// newPersistedQueries makes them. When off, it tells clients to send documents.
func newPersistedQueries(off bool) *persistedQueries {
	if off {
		return &persistedQueries{}
	}
	return &persistedQueries{texts: lru.New[string](rememberedTexts)}
}

// find finds the document of one request.
func (p *persistedQueries) find(ctx context.Context, request *graphql.RawParams) *gqlerror.Error {
	hash, given, err := persistedID(request.Extensions)
	switch {
	case err != nil || !given:
		return err
	case p.texts == nil:
		return coded("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
	case request.Query != "":
		if hash != hashOf(request.Query) {
			return coded("PERSISTED_QUERY_HASH_MISMATCH", "The sha256Hash is not that of the query.")
		}
		return nil
	}
	text, known := p.texts.Get(ctx, hash)
	if !known {
		return coded("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
	}
	request.Query = text
	return nil
}

// remember keeps the document of a request that has named it, which is valid and within the limits.
func (p *persistedQueries) remember(ctx context.Context, request *graphql.RawParams) {
	if hash, given, _ := persistedID(request.Extensions); given && p.texts != nil {
		p.texts.Add(ctx, hash, request.Query)
	}
}

// persistedID is what a request names its document by.
func persistedID(extensions map[string]any) (id string, given bool, err *gqlerror.Error) {
	value, given := extensions[persistedQueryName]
	if !given || value == nil {
		return "", false, nil
	}
	extension, _ := value.(map[string]any)
	if version, ok := extension["version"].(json.Number); !ok || version != "1" {
		return "", false, gqlerror.Wrap(badRequest("extensions.persistedQuery must have the version 1."))
	}
	id, ok := extension["sha256Hash"].(string)
	if !ok || id == "" {
		return "", false, gqlerror.Wrap(badRequest("extensions.persistedQuery must have a sha256Hash, a string."))
	}
	return id, true, nil
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
