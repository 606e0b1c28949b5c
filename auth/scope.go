package auth

import (
	"strings"

	"gatehouse/model"
)

// Scope is how a permission is called in OAuth 2.0 (RFC 6749 §3.3): in lower case, with a colon before
// the verb, which is the last word. ADMIN_KEYS_MANAGE is "admin_keys:manage".
func Scope(p model.Permission) string {
	text := strings.ToLower(p.String())
	if i := strings.LastIndexByte(text, '_'); i >= 0 {
		return text[:i] + ":" + text[i+1:]
	}
	return text
}

// ParseScope is the permission that has this scope. Scopes are case-sensitive (RFC 6749 §3.3), so
// there is exactly one text for each.
func ParseScope(text string) (model.Permission, bool) {
	for _, p := range model.AllPermission {
		if Scope(p) == text {
			return p, true
		}
	}
	return "", false
}

// Scopes is the scope of several permissions, in their order and separated by spaces (RFC 6749 §3.3);
// empty for none.
func Scopes(ps []model.Permission) string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = Scope(p)
	}
	return strings.Join(texts, " ")
}
