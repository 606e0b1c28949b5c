package model

import (
	"testing"
	"unicode"
)

func TestFoldMakesOneKey(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"My App", "my app", "MY APP", "Ｍｙ Ａｐｐ", "ｍｙ　ａｐｐ"},
		{"Straße", "STRASSE", "strasse", "STRAẞE"},
		{"Σίσυφος", "ΣΊΣΥΦΟΣ", "σίσυφοσ"},
		{"café", "cafe\u0301", "CAFÉ", "CAFE\u0301"},
		{"a\u0323\u0301", "a\u0301\u0323", "Ạ\u0301"},
		{"Å", "å", "\u212b", "A\u030a"}, // U+212B is the sign of the unit
		{"K", "k", "\u212a"},            // U+212A is the sign of the unit
		{"ﬁle", "file", "FILE"},
		{"ſet", "set"},
		{"①", "1", "¹"},
		{"ᾳ", "ᾼ", "αι", "ΑΙ"},
		{"ﾊﾟ", "パ", "ハ\u309a"},
		{"각", "\u1100\u1161\u11a8"},
		{"Привет", "ПРИВЕТ"},
		{"Ꭰ", "ꭰ"},
		{"𐐀", "𐐨"},
		{"İ", "i\u0307", "I\u0307"},
	} {
		for _, name := range names {
			if Fold(name) != Fold(names[0]) {
				t.Errorf("Fold(%q) = %+q, Fold(%q) = %+q; they are one name", name, Fold(name), names[0], Fold(names[0]))
			}
		}
	}
}

func TestFoldKeepsApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range []string{
		"app", "app 1", "app1", "app-1", "app_1", "ápp", "аpp", // the last begins with a Cyrillic letter
		"i", "ı", "i\u0307", "o", "ö", "ø", "n", "ñ", "0", "l", "😀", "😃", "👩", "👩\u200d👧", "中", "カ", "か", "",
	} {
		key := Fold(name)
		if other, taken := seen[key]; taken {
			t.Errorf("%q and %q are different names, and both have the key %+q", name, other, key)
		}
		seen[key] = name
	}
}

// TestFoldEveryLetter holds the key to the simple case folding of Unicode: every spelling of a letter
// that Go's own tables call the same is the same here, and a key is its own key.
func TestFoldEveryLetter(t *testing.T) {
	t.Parallel()
	for _, table := range []*unicode.RangeTable{unicode.L, unicode.M, unicode.N, unicode.S} {
		for _, r16 := range table.R16 {
			for r := rune(r16.Lo); r <= rune(r16.Hi); r += rune(r16.Stride) {
				foldLetter(t, r)
			}
		}
		for _, r32 := range table.R32 {
			// One of each run of ideographs, which have no case, stands for its neighbours.
			stride := max(rune(r32.Stride), rune(r32.Hi-r32.Lo)/1000)
			for r := rune(r32.Lo); r <= rune(r32.Hi); r += stride {
				foldLetter(t, r)
			}
		}
	}
}

func foldLetter(t *testing.T, r rune) {
	t.Helper()
	key := Fold(string(r))
	if again := Fold(key); again != key {
		t.Errorf("%U has the key %+q, and that has the key %+q", r, key, again)
	}
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		if Fold(string(other)) != key {
			t.Errorf("%U and %U are one letter, with the keys %+q and %+q", r, other, key, Fold(string(other)))
		}
	}
}
