// Package playground serves the page in which people explore the API: GraphiQL
// with example operations, built once from web/ and embedded from dist/, so
// that a server needs neither Node.js nor the network to show it.
//
// The page itself is public and holds nothing secret. Whoever opens it brings
// an admin key in the fragment of the link:
//
//	http://127.0.0.1:8080/playground#key=gk_…
//	                                 └── stays in the browser: a fragment is
//	                                     never part of a request
//
// The page takes the key out of the address bar, keeps it for the life of the
// browser tab, and sends it as a bearer credential to the GraphQL endpoint.
// A script smuggled into the page could read the key, which is why the content
// security policy is as narrow as it is: scripts and styles come from this
// server's files alone, nothing inline runs, and requests go to this origin
// alone.
//
// The package never looks at a key, never calls the API and keeps no state.
// docs/decisions/0006-playground.md says why it is built this way.
package playground

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

// Path is where the page lives. The build writes it into the page's links, so
// the handler has to be mounted at Path and at Path + "/".
const Path = "/playground"

// contentSecurityPolicy needs no 'unsafe-inline': the build replaces the one
// dependency that would add a <style> element. data: carries the fonts and
// the small images of the embedded style sheet.
const contentSecurityPolicy = "default-src 'none'; " +
	"script-src 'self'; " +
	"style-src 'self'; " +
	"connect-src 'self'; " +
	"img-src 'self' data:; " +
	"font-src 'self' data:; " +
	"base-uri 'none'; " +
	"form-action 'none'; " +
	"frame-ancestors 'none'"

const (
	// The names under assets/ carry a hash of the content: what such an
	// address once answered with, it answers with for ever.
	cacheForEver = "public, max-age=31536000, immutable"
	// Everything else keeps its address when it changes, and has to be asked
	// for again each time; the ETag makes that cheap.
	cacheNever = "no-cache"
)

//go:embed dist
var dist embed.FS

// asset is one file, ready to be sent.
type asset struct {
	body         []byte
	contentType  string
	cacheControl string
	etag         string
}

// Handler serves the playground for the GraphQL endpoint at the given path,
// for example "/graphql". The endpoint is on the same origin by design, so it
// is an error for it not to begin with a single slash.
func Handler(endpoint string) (http.Handler, error) {
	if !strings.HasPrefix(endpoint, "/") || strings.HasPrefix(endpoint, "//") || strings.ContainsAny(endpoint, "\\?#") {
		return nil, fmt.Errorf("playground: endpoint %q is not a path on this server", endpoint)
	}
	assets, err := load(endpoint)
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	return &handler{assets: assets}, nil
}

// load reads every embedded file once and files it under its URL path.
func load(endpoint string) (map[string]asset, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the embedded files: %w", err)
	}
	assets := make(map[string]asset)
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if name == "index.html" {
			page, err := render(body, endpoint)
			if err != nil {
				return err
			}
			assets[Path] = newAsset(name, page)
			assets[Path+"/"] = assets[Path]
			return nil
		}
		assets[Path+"/"+name] = newAsset(name, body)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the embedded files: %w", err)
	}
	if _, ok := assets[Path]; !ok {
		return nil, errors.New("the embedded files hold no page")
	}
	return assets, nil
}

// render tells the page where the endpoint is.
func render(page []byte, endpoint string) ([]byte, error) {
	tmpl, err := template.New("index.html").Parse(string(page))
	if err != nil {
		return nil, fmt.Errorf("parse the page: %w", err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, struct{ Endpoint string }{endpoint}); err != nil {
		return nil, fmt.Errorf("render the page: %w", err)
	}
	return out.Bytes(), nil
}

func newAsset(name string, body []byte) asset {
	sum := sha256.Sum256(body)
	cacheControl := cacheNever
	if strings.HasPrefix(name, "assets/") {
		cacheControl = cacheForEver
	}
	return asset{
		body:         body,
		contentType:  contentType(name),
		cacheControl: cacheControl,
		etag:         `"` + hex.EncodeToString(sum[:16]) + `"`,
	}
}

// contentType knows the few kinds of file there are by itself: what
// mime.TypeByExtension answers depends on the machine, and with nosniff a
// wrong type for a script leaves the page empty.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

type handler struct {
	assets map[string]asset
}

// ServeHTTP answers GET and HEAD, with 304 where the client has the file
// already. The protective headers go with errors, too.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	found, ok := h.assets[r.URL.Path]
	if !ok {
		header.Set("Cache-Control", cacheNever)
		http.NotFound(w, r)
		return
	}
	header.Set("Content-Type", found.contentType)
	header.Set("Cache-Control", found.cacheControl)
	header.Set("Etag", found.etag)
	// No modification time: embedded files have none, the ETag decides.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(found.body))
}
