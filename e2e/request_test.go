package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/Khan/genqlient/graphql"
)

// answer is what the server answered.
type answer struct {
	status int
	header http.Header
	body   string
}

// request is an HTTP request to the server, well formed or not.
type request struct {
	method string // POST when empty
	path   string // /graphql when empty
	body   io.Reader
	// header goes beside what send adds unless it is there: a JSON content type for a body, and the
	// credential. An empty value keeps one from being sent.
	header map[string]string
}

// send sends a request.
func (p *program) send(t testing.TB, r request) answer {
	t.Helper()
	if r.method == "" {
		r.method = http.MethodPost
	}
	if r.path == "" {
		r.path = "/graphql"
	}
	outgoing, err := http.NewRequestWithContext(t.Context(), r.method, p.base+r.path, r.body)
	if err != nil {
		t.Fatal(err)
	}
	outgoing.Header.Set("Authorization", "Bearer "+p.key)
	if r.body != nil {
		outgoing.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		outgoing.Header.Del(name)
		if value != "" {
			outgoing.Header.Set(name, value)
		}
	}
	response, err := (&http.Client{Transport: http.DefaultTransport, CheckRedirect: stay}).Do(outgoing)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(body)}
}

// stay shows redirections instead of following them.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ask sends a GraphQL request. variables is a JSON object, or empty.
func (p *program) ask(t testing.TB, query, variables string) answer {
	t.Helper()
	return p.send(t, request{body: requestBody(t, query, variables)})
}

// requestBody is the body of a GraphQL request. variables is a JSON object, or empty.
func requestBody(t testing.TB, query, variables string) io.Reader {
	t.Helper()
	params := map[string]any{"query": query}
	if variables != "" {
		params["variables"] = json.RawMessage(variables)
	}
	body, err := json.Marshal(params)
	if err != nil {
		t.Fatalf("the request is no JSON: %v\n%s", err, variables)
	}
	return bytes.NewReader(body)
}

// at is the value at a dotted path of an answer, in which numbers are places in lists.
func (a answer) at(t testing.TB, path string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(a.body), &value); err != nil {
		t.Fatalf("the answer is no JSON: %v\n%s", err, a.body)
	}
	for part := range strings.SplitSeq(path, ".") {
		switch at := value.(type) {
		case map[string]any:
			value = at[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(at) {
				t.Fatalf("the answer has nothing at %s of %s: %s", part, path, a.body)
			}
			value = at[i]
		default:
			t.Fatalf("the answer has nothing at %s of %s: %s", part, path, a.body)
		}
	}
	return value
}

// text is the text at a path of an answer.
func (a answer) text(t testing.TB, path string) string {
	t.Helper()
	text, ok := a.at(t, path).(string)
	if !ok {
		t.Fatalf("there is no text at %s: %s", path, a.body)
	}
	return text
}

// client is the typed client of this server.
func (p *program) client() graphql.Client {
	return graphql.NewClient(p.base+"/graphql", &http.Client{Transport: withKey(p.key)})
}

// withKey adds the credential to every request.
type withKey string

func (key withKey) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(key))
	return http.DefaultTransport.RoundTrip(r)
}
