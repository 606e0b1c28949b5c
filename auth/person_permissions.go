package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatehouse/model"
)

// ParsePeoplePermissions reads what each value of a provider's claim gives: VALUE=SCOPES, several of
// them separated by semicolons. SCOPES are scopes separated by spaces, or * for all:
//
//	admins=*;support=apps:read users:read
//
// The last equals sign of an entry separates the two, so that a value may be a distinguished name of
// a directory. An empty text is nil. The error has every problem in it, joined.
func ParsePeoplePermissions(text string) (map[string][]model.Permission, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil //nolint:nilnil // a mapping of nothing is one to whoever reads it
	}
	given := map[string][]model.Permission{}
	var problems []error
	for entry := range strings.SplitSeq(text, ";") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue // behind the last semicolon
		}
		at := strings.LastIndexByte(entry, '=')
		if at < 0 {
			problems = append(problems, fmt.Errorf("%q is not VALUE=SCOPES", entry))
			continue
		}
		value := strings.TrimSpace(entry[:at])
		permissions, err := parseScopes(entry[at+1:])
		switch _, twice := given[value]; {
		case value == "":
			problems = append(problems, fmt.Errorf("%q has no value before the equals sign", entry))
		case twice:
			problems = append(problems, fmt.Errorf("%q is there twice", value))
		case err != nil:
			problems = append(problems, fmt.Errorf("%q: %w", value, err))
		}
		given[value] = permissions
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return given, nil
}

func parseScopes(text string) ([]model.Permission, error) {
	words := strings.Fields(text)
	if slices.Equal(words, []string{"*"}) {
		return slices.Clone(model.AllPermission), nil
	}
	if len(words) == 0 {
		return nil, errors.New("gives nothing")
	}
	permissions := make([]model.Permission, 0, len(words))
	for _, word := range words {
		permission, ok := ParseScope(word)
		if !ok {
			return nil, fmt.Errorf("%q is no scope, such as apps:read", word)
		}
		permissions = append(permissions, permission)
	}
	return permissions, nil
}
