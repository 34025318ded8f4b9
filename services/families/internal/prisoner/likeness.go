package prisoner

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Letters that look alike in capitals, at the same places: which of them somebody typed
// says nothing about who is meant.
const (
	seen     = "АВСЕНІКМОРТХУАВЕНІКМОРТХУІ"
	lookLike = "ABCEHIKMOPTXYΑΒΕΗΙΚΜΟΡΤΧΥӀ"
)

// Likeness is what all spellings of one name have in common, whatever the order and case
// of its words: without marks (ё is е, й is и), invisible signs, hyphens, apostrophes and
// initials, and with one letter for those that look alike. It is for comparing only.
func Likeness(name string) string {
	words := strings.FieldsFunc(bare(name), func(r rune) bool { return !unicode.IsLetter(r) })
	words = slices.DeleteFunc(words, func(w string) bool { return len([]rune(w)) < 2 })
	slices.Sort(words)
	return strings.Join(words, " ")
}

// bare is a name in capitals without what is written above, below and between letters.
func bare(name string) string {
	letters := []rune(seen)
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Cf, unicode.Lm), strings.ContainsRune("'’‘`´", r):
			return -1
		}
		for i, twin := range []rune(lookLike) {
			if r == twin {
				return letters[i]
			}
		}
		return r
	}, strings.ToUpper(norm.NFKD.String(name)))
}
