package oauth

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"gatehouse/model"
)

// assertionType is the only type of client assertion (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// maxClientID bounds what is taken for a client ID, in bytes. Those of Gatehouse have 36.
const maxClientID = 255

// credentials are what a request shows to prove which client makes it.
type credentials struct {
	// clientID is who the request says it is; empty when that could not be the ID of any client.
	clientID string
	method   model.TokenEndpointAuthMethod
	// secret is with client_secret_basic and client_secret_post.
	secret string
	// assertion is with private_key_jwt.
	assertion *assertion
}

// credentialsOf finds the credentials of a request. Two methods at once are refused (RFC 6749 §2.3),
// and so is a client_id in the body that is not the client of the credentials.
func credentialsOf(r *http.Request, f form) (*credentials, error) {
	headers := r.Header.Values("Authorization")
	methods := len(headers)
	for _, param := range []string{paramClientSecret, paramClientAssertion} {
		if f.get(param) != "" {
			methods++
		}
	}
	if methods > 1 {
		return nil, invalidRequest("The client authenticates in more than one way.")
	}
	if (f.get(paramClientAssertion) == "") != (f.get(paramClientAssertionType) == "") {
		return nil, invalidRequest("client_assertion and client_assertion_type belong together.")
	}
	var found *credentials
	var err error
	switch {
	case len(headers) == 1:
		found, err = basic(headers[0])
	case f.get(paramClientSecret) != "":
		if f.get(paramClientID) == "" {
			return nil, invalidRequest("client_secret needs client_id.")
		}
		found = &credentials{
			clientID: f.get(paramClientID), secret: f.get(paramClientSecret),
			method: model.TokenEndpointAuthMethodClientSecretPost,
		}
	case f.get(paramClientAssertion) != "":
		found, err = asserted(f)
	default: // a public client has no use for any of the endpoints
		return nil, invalidClient("no credentials")
	}
	if err != nil {
		return nil, err
	}
	if id := f.get(paramClientID); id != "" && id != found.clientID {
		return nil, invalidRequest("client_id is not the client that the credentials name.")
	}
	if !possibleClientID(found.clientID) {
		found.clientID = ""
	}
	return found, nil
}

// basic reads the Authorization header of client_secret_basic: user and password are encoded as in a
// form before they are joined (RFC 6749 §2.3.1).
func basic(header string) (*credentials, error) {
	scheme, encoded, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Basic") {
		return nil, invalidClient("not the Basic scheme")
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return nil, invalidClient("Basic is not base64")
	}
	user, password, ok := strings.Cut(string(decoded), ":")
	if !ok {
		return nil, invalidClient("Basic has no colon")
	}
	id, err := url.QueryUnescape(user)
	if err != nil {
		return nil, invalidClient("Basic user is not form-urlencoded")
	}
	secret, err := url.QueryUnescape(password)
	if err != nil {
		return nil, invalidClient("Basic password is not form-urlencoded")
	}
	return &credentials{clientID: id, secret: secret, method: model.TokenEndpointAuthMethodClientSecretBasic}, nil
}

// asserted reads the assertion of private_key_jwt. It says by itself which client it is of (RFC 7521
// §4.2), which is believed when its signature has been checked.
func asserted(f form) (*credentials, error) {
	if f.get(paramClientAssertionType) != assertionType {
		return nil, invalidClient("another type of assertion")
	}
	read, err := readAssertion(f.get(paramClientAssertion))
	if err != nil {
		return nil, err
	}
	return &credentials{clientID: read.claims.Subject, assertion: read, method: model.TokenEndpointAuthMethodPrivateKeyJwt}, nil
}

// possibleClientID says whether a client could have this ID (RFC 6749 appendix A.1, with a bound).
// What could not never gets into a query, a map or the log.
func possibleClientID(id string) bool {
	if id == "" || len(id) > maxClientID {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r > '~' })
}
