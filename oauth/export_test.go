package oauth

import (
	"net/http"

	"github.com/go-jose/go-jose/v4/jwt"
)

// CountingHandler is Handler, and calls counted for every signature of an assertion that it checks.
func CountingHandler(o Options, counted func()) (http.Handler, error) {
	s, err := newServer(o)
	if err != nil {
		return nil, err
	}
	verify := s.assertions.verify
	s.assertions.verify = func(token *jwt.JSONWebToken, key any) error {
		counted()
		return verify(token, key)
	}
	return s.routes(), nil
}
