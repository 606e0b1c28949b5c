package playground_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"gatehouse/playground"
)

func newHandler(t *testing.T) http.Handler {
	t.Helper()
	h, err := playground.Handler("/graphql")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func request(t *testing.T, h http.Handler, method, path string, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// get answers the body at path and fails unless it is there with that type.
func get(t *testing.T, h http.Handler, path, contentType string) string {
	t.Helper()
	res := request(t, h, http.MethodGet, path, nil)
	if res.Code != http.StatusOK {
		t.Fatalf("GET %s = %d, want 200", path, res.Code)
	}
	if got := res.Header().Get("Content-Type"); got != contentType {
		t.Errorf("GET %s has Content-Type %q, want %q", path, got, contentType)
	}
	return res.Body.String()
}

func TestEveryAnswerCarriesTheProtectiveHeaders(t *testing.T) {
	h := newHandler(t)
	for _, tc := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/playground", http.StatusOK},
		{http.MethodGet, "/playground/", http.StatusOK},
		{http.MethodHead, "/playground", http.StatusOK},
		{http.MethodGet, "/playground/licences.txt", http.StatusOK},
		{http.MethodGet, "/playground/index.html", http.StatusNotFound},
		{http.MethodGet, "/playground/assets/", http.StatusNotFound},
		{http.MethodGet, "/playground/assets/../../etc/passwd", http.StatusNotFound},
		{http.MethodPost, "/playground", http.StatusMethodNotAllowed},
		{http.MethodOptions, "/playground/licences.txt", http.StatusMethodNotAllowed},
	} {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			res := request(t, h, tc.method, tc.path, nil)
			if res.Code != tc.status {
				t.Errorf("status %d, want %d", res.Code, tc.status)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options":       "nosniff",
				"Referrer-Policy":              "no-referrer",
				"Cross-Origin-Opener-Policy":   "same-origin",
				"Cross-Origin-Resource-Policy": "same-origin",
			} {
				if got := res.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			checkPolicy(t, res.Header().Get("Content-Security-Policy"))
			if allow := res.Header().Get("Allow"); (tc.status == http.StatusMethodNotAllowed) != (allow == "GET, HEAD") {
				t.Errorf("Allow: %q with status %d", allow, tc.status)
			}
			if tc.method == http.MethodHead && res.Body.Len() > 0 {
				t.Errorf("HEAD was answered with %d bytes", res.Body.Len())
			}
		})
	}
}

// checkPolicy holds the policy to what the package comment promises.
func checkPolicy(t *testing.T, policy string) {
	t.Helper()
	directives := make(map[string]string)
	for directive := range strings.SplitSeq(policy, "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		directives[name] = sources
	}
	for name, want := range map[string]string{
		"default-src":     "'none'",
		"script-src":      "'self'",
		"style-src":       "'self'",
		"connect-src":     "'self'",
		"img-src":         "'self' data:",
		"font-src":        "'self' data:",
		"base-uri":        "'none'",
		"form-action":     "'none'",
		"frame-ancestors": "'none'",
	} {
		if directives[name] != want {
			t.Errorf("%s: %q, want %q", name, directives[name], want)
		}
		delete(directives, name)
	}
	for name := range directives {
		t.Errorf("the policy has an unexpected directive %q", name)
	}
}

func TestCaching(t *testing.T) {
	h := newHandler(t)
	page := get(t, h, "/playground", "text/html; charset=utf-8")
	script := find(t, page, `src="([^"]+\.js)"`)
	for path, want := range map[string]string{
		"/playground":              "no-cache",
		"/playground/":             "no-cache",
		"/playground/licences.txt": "no-cache",
		"/playground/missing":      "no-cache",
		script:                     "public, max-age=31536000, immutable",
	} {
		if got := request(t, h, http.MethodGet, path, nil).Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control %q, want %q", path, got, want)
		}
	}
	for _, path := range []string{"/playground", script} {
		etag := request(t, h, http.MethodGet, path, nil).Header().Get("Etag")
		res := request(t, h, http.MethodGet, path, http.Header{"If-None-Match": {etag}})
		if etag == "" || res.Code != http.StatusNotModified {
			t.Errorf("%s: asked again with ETag %q answers %d, want 304", path, etag, res.Code)
		}
	}
}

func TestThePageKnowsItsEndpoint(t *testing.T) {
	h, err := playground.Handler("/api/graphql")
	if err != nil {
		t.Fatal(err)
	}
	page := get(t, h, "/playground", "text/html; charset=utf-8")
	if got := find(t, page, `<meta name="gatehouse-endpoint" content="([^"]*)">`); got != "/api/graphql" {
		t.Errorf("endpoint in the page: %q", got)
	}
	for _, endpoint := range []string{"", "graphql", "//elsewhere.example/graphql", "https://elsewhere.example/graphql", `/\elsewhere.example`, "/graphql?key=1", "/graphql#x"} {
		if _, err := playground.Handler(endpoint); err == nil {
			t.Errorf("endpoint %q was accepted", endpoint)
		}
	}
}

// Two ways for the page to reach another origin are closed here: links in the
// page and the style sheet are local, and each address in the script is one
// that is known to be only named or clicked, never fetched.
func TestNothingIsLoadedFromAnotherOrigin(t *testing.T) {
	h := newHandler(t)
	page := get(t, h, "/playground", "text/html; charset=utf-8")
	references := regexp.MustCompile(`(?:src|href|action|srcset|poster)="([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(references) != 3 {
		t.Errorf("the page has %d references, want icon, style sheet and script", len(references))
	}
	for _, ref := range references {
		if !strings.HasPrefix(ref[1], "/playground/assets/") && !strings.HasPrefix(ref[1], "data:image/svg+xml,") {
			t.Errorf("the page refers to %q", ref[1])
		}
	}
	if regexp.MustCompile(`(?i)<style|<script[^>]*>[^<]|\son\w+=|\sstyle=`).MatchString(page) {
		t.Error("the page has inline code or styles, which its policy forbids")
	}

	css := get(t, h, find(t, page, `href="([^"]+\.css)"`), "text/css; charset=utf-8")
	urls := regexp.MustCompile(`url\(["']?([^"')]{0,40})`).FindAllStringSubmatch(css, -1)
	if len(urls) == 0 {
		t.Error("found no url() in the style sheet, which embeds fonts")
	}
	for _, u := range urls {
		if !strings.HasPrefix(u[1], "data:") {
			t.Errorf("the style sheet loads %q", u[1])
		}
	}
	if strings.Contains(css, "@import") || strings.Contains(css, "sourceMappingURL") {
		t.Error("the style sheet refers to another file")
	}

	checkScript(t, get(t, h, find(t, page, `src="([^"]+\.js)"`), "text/javascript; charset=utf-8"))
}

func checkScript(t *testing.T, script string) {
	t.Helper()
	harmless := regexp.MustCompile(`^(` + strings.Join([]string{
		// Names of XML vocabularies, never addresses.
		`http://www\.w3\.org/(2000/svg|1999/xlink|1998/Math/MathML|XML/1998/namespace)`,
		// Links that a person may click in the dialog of short keys and the like.
		`https://codemirror\.net/5/doc/manual\.html#keymaps`, `https://github\.com/graphql/graphiql`,
		// In texts of errors and descriptions.
		`https://react\.dev/errors/`, `https://yarnpkg\.com/en/docs/selective-version-resolutions`,
		`https://(en\.wikipedia\.org/wiki/|commonmark\.org/)`,
		// The redirect URIs of the examples' own app and client.
		`https?://example\.com`,
		// What makes a link of "www.example.org" in a description.
		`http://\$\{`,
	}, "|") + `)`)
	for _, address := range regexp.MustCompile(`(?:https?|wss?)://[^\s"'`+"`"+`]*`).FindAllString(script, -1) {
		if strings.Trim(address, "/:") == "http" || strings.Trim(address, "/:") == "https" {
			continue // only a scheme, for telling links apart
		}
		if !harmless.MatchString(address) {
			t.Errorf("the script names %q", address)
		}
	}
	for _, forbidden := range []string{"sourceMappingURL", "importScripts(", "new Worker(", "new SharedWorker(", "sendBeacon(", "new WebSocket("} {
		if strings.Contains(script, forbidden) {
			t.Errorf("the script contains %s", forbidden)
		}
	}
	if found := regexp.MustCompile(`\bimport\s*\(|(?m:^|[;}])import[\s"'{*]`).FindString(script); found != "" {
		t.Errorf("the script imports another file: %q", found)
	}
}

func TestTheBundleStaysSmall(t *testing.T) {
	h := newHandler(t)
	page := get(t, h, "/playground", "text/html; charset=utf-8")
	size := len(page) +
		len(get(t, h, find(t, page, `src="([^"]+\.js)"`), "text/javascript; charset=utf-8")) +
		len(get(t, h, find(t, page, `href="([^"]+\.css)"`), "text/css; charset=utf-8"))
	if size > 2_000_000 {
		t.Errorf("page, script and style sheet are %d bytes together, want at most 2,000,000", size)
	}
}

func find(t *testing.T, text, pattern string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		t.Fatalf("found no %s", pattern)
	}
	return match[1]
}
