package oauth

import "net/http"

// revoke ends an access token before its time (RFC 7009): see auth.Tokens.Revoke for when which process
// refuses it. A client can revoke its own tokens. The answer is the same for what is no token of its
// own, so that nobody learns whose it is; §2.2 wants that for what is no token at all.
func (s *server) revoke(r *http.Request, c call) (any, error) {
	token, err := s.presented(r, c)
	if err != nil {
		return nil, err
	}
	if token == nil || token.ClientID != c.client.stored.ID {
		return nil, nil //nolint:nilnil // an empty answer
	}
	return nil, s.tokens.Revoke(r.Context(), token)
}
