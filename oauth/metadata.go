package oauth

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/auth"
	"gatehouse/model"
)

// metadataLife is how long others may keep the metadata, which changes with the configuration only.
const metadataLife = 5 * time.Minute

// document answers GET and HEAD with what everybody may know and keep for the time life.
func (s *server) document(life time.Duration, produce func(*http.Request) (value any, contentType string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			noStore(w)
			s.refuse(w, r, r.URL.Path, wrongMethod("GET, HEAD"))
			return
		}
		value, contentType, err := produce(r)
		if err != nil {
			noStore(w)
			s.refuse(w, r, r.URL.Path, err)
			return
		}
		w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(life.Seconds())))
		s.write(w, r, http.StatusOK, contentType, value)
	}
}

// jwks is the keys that verify access tokens (RFC 7517 §5). Whoever keeps them no longer than they are
// told knows every key before it signs.
func (s *server) jwks(r *http.Request) (value any, contentType string, err error) {
	keys, err := s.signing.Public(r.Context())
	return keys, contentJWKS, err
}

// metadata is RFC 8414 §2.
type metadata struct {
	Issuer                   string   `json:"issuer"`
	TokenEndpoint            string   `json:"token_endpoint"`
	JWKSURI                  string   `json:"jwks_uri"`
	ScopesSupported          []string `json:"scopes_supported"`
	ResponseTypesSupported   []string `json:"response_types_supported"`
	GrantTypesSupported      []string `json:"grant_types_supported"`
	TokenAuthMethods         []string `json:"token_endpoint_auth_methods_supported"`
	TokenAuthAlgorithms      []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationEndpoint       string   `json:"revocation_endpoint"`
	RevocationAuthMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgorithms     []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectionEndpoint    string   `json:"introspection_endpoint"`
	IntrospectionAuthMethods []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAlgorithms  []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
}

// authMethods is the ways of authentication that there are, as RFC 7591 §2 names them. Those of RFC
// 8705 are left out: see the package comment.
func authMethods() []string {
	return []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
}

func (s *server) metadata(*http.Request) (value any, contentType string, err error) {
	var scopes, algorithms []string
	for _, permission := range model.AllPermission {
		scopes = append(scopes, auth.Scope(permission))
	}
	for _, algorithm := range assertionAlgorithms() {
		algorithms = append(algorithms, string(algorithm))
	}
	return metadata{
		Issuer:          s.issuer,
		TokenEndpoint:   s.url(TokenPath),
		JWKSURI:         s.url(JWKSPath),
		ScopesSupported: scopes,
		// None: there is no authorization endpoint.
		ResponseTypesSupported:   []string{},
		GrantTypesSupported:      []string{grantClientCredentials},
		TokenAuthMethods:         authMethods(),
		TokenAuthAlgorithms:      algorithms,
		RevocationEndpoint:       s.url(RevocationPath),
		RevocationAuthMethods:    authMethods(),
		RevocationAlgorithms:     algorithms,
		IntrospectionEndpoint:    s.url(IntrospectionPath),
		IntrospectionAuthMethods: authMethods(),
		IntrospectionAlgorithms:  algorithms,
	}, contentJSON, nil
}

// issuerPath is the path of the issuer's URL, without a slash at its end. RFC 8414 §3.1 has the metadata
// of such an issuer between its host and its path: MetadataPath + issuerPath. The endpoints are
// below the issuer's path too, which a proxy in front is expected to take away.
func (s *server) issuerPath() string {
	issuer, err := url.Parse(s.issuer)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(issuer.Path, "/")
}

// pathMetadata answers below MetadataPath, for the path of the issuer alone.
func (s *server) pathMetadata(w http.ResponseWriter, r *http.Request) {
	if path := s.issuerPath(); path == "" || r.URL.Path != MetadataPath+path {
		http.NotFound(w, r)
		return
	}
	s.document(metadataLife, s.metadata)(w, r)
}
