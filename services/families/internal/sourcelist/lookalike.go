package sourcelist

import (
	"strings"
	"unicode"
)

// Letters that look alike, at the same places: a Latin or Greek one stands for a
// Cyrillic one in a word that is Cyrillic otherwise, and the other way round.
const (
	cyrillicTwins = "АВСЕНІКМОРТХУасеіорхуАВЕНІКМОРТХУо"
	foreignTwins  = "ABCEHIKMOPTXYaceiopxyΑΒΕΗΙΚΜΟΡΤΧΥο"
)

// repair replaces look-alike letters inside words of another script and tells whether
// there were any. A word in which a letter has no twin stays as it is.
func repair(text string) (repaired string, mixed bool) {
	var out, word strings.Builder
	flush := func() {
		w := word.String()
		word.Reset()
		if mixes(w) {
			mixed, w = true, inOneScript(w)
		}
		out.WriteString(w)
	}
	for _, c := range text {
		if unicode.IsLetter(c) || unicode.Is(unicode.Mn, c) {
			word.WriteRune(c)
			continue
		}
		flush()
		out.WriteRune(c)
	}
	flush()
	return out.String(), mixed
}

// inOneScript writes a word in Cyrillic letters, or in Latin ones where some have no
// Cyrillic twin.
func inOneScript(word string) string {
	if fixed := twins(word, foreignTwins, cyrillicTwins); !mixes(fixed) {
		return fixed
	}
	if fixed := twins(word, cyrillicTwins, foreignTwins); !mixes(fixed) {
		return fixed
	}
	return word
}

func mixes(word string) bool {
	foreign, cyrillic := scripts(word)
	return foreign && cyrillic
}

// twins replaces each letter of one alphabet by that of another at the same place.
func twins(word, from, to string) string {
	letters := []rune(to)
	return strings.Map(func(r rune) rune {
		for i, c := range []rune(from) {
			if c == r {
				return letters[i]
			}
		}
		return r
	}, word)
}

// scripts tells whether a word has Latin or Greek letters, and whether Cyrillic ones.
func scripts(word string) (foreign, cyrillic bool) {
	for _, c := range word {
		foreign = foreign || unicode.In(c, unicode.Latin, unicode.Greek)
		cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, c)
	}
	return foreign, cyrillic
}
