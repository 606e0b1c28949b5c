package model

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold is the key by which names are compared: compatibility-composed (NFKC) and case-folded, so
// that "My App", "MY APP" and "Ｍｙ Ａｐｐ" are one name on every store.
func Fold(name string) string {
	return norm.NFKC.String(cases.Fold().String(strings.Map(lowerCherokee, norm.NFKC.String(name))))
}

// lowerCherokee makes up for package cases, which swaps the two cases of Cherokee: it folds small
// letters to capitals, as Unicode does, but also capitals to small letters.
func lowerCherokee(r rune) rune {
	if unicode.Is(unicode.Cherokee, r) {
		return unicode.ToLower(r)
	}
	return r
}
