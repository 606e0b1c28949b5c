package model

import (
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold is the key by which names are compared: compatibility-composed (NFKC) and case-folded, so
// that "My App", "MY APP" and "Ｍｙ Ａｐｐ" are one name on every store.
func Fold(name string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}
