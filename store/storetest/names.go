package storetest

import "fmt"

const (
	// listLength is how many documents a list has: more than two pages of fifty, and a prime number, so
	// that no page ends with the list by chance.
	listLength = 103
	// commonPrefix begins some of the keys.
	commonPrefix = "pre"
	// commonKey is the number of a key that begins with commonPrefix.
	commonKey = 4
)

// key is the folded name number i. No two are the same. Their order is the order of their bytes in
// UTF-8, which is that of their code points, and it differs from every other order that a database
// might sort texts by: of a language, without case, of UTF-16, of the length.
func key(i int) string {
	special := specialKeys()
	if i < len(special) {
		return special[i]
	}
	switch number := fmt.Sprintf("%02d", i); i % 4 {
	case 0:
		return "name " + number
	case 1:
		return "Name " + number
	case 2:
		return "ñame " + number
	default:
		return commonPrefix + "-" + number
	}
}

// specialKeys are not all of the kind that folding makes; a store must not care.
func specialKeys() []string {
	return []string{
		// At the ends of what begins with commonPrefix, and beyond them.
		"pr", "pre", "prd", "prf", "pre\U0010FFFF", "pre\U0010FFFFx", "pre\U0010FFFF\U0010FFFF", "pre\u0001", "pre ", "prE", "Pre",
		"pre\uFFFF", "pre😀", "pré", "pre\u0301",
		// Case.
		"a", "A", "b", "B", "z", "Z",
		// What a language would sort elsewhere, or not look at.
		"a b", "a-b", "a_b", "ab", "é", "e\u0301", "ß", "ss", "st", "ı", "i", "ñ", "Ω", "я", "中",
		// In UTF-16 the first of these comes behind the others.
		"\uFFEE", "😀", "😃", "👩\u200d👧", "\U0010FFFF",
		// What texts are patched together with.
		"%", "_", "'", `"`, `\`, "$where", "a.b", "*", "\u0000", "a\u0000b", "1", "10", "2", "-1", "true", "null",
	}
}
