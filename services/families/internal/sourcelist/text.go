package sourcelist

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// visible is a text as it is seen: letters composed, without soft hyphens, signs of no
// width and marks of direction, which programs leave behind and nobody sees.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, norm.NFC.String(text))
}

// fold makes words comparable: lower case, composed letters without marks of stress,
// single spaces, е for ё.
func fold(cell string) string {
	text := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, strings.ToLower(visible(squeeze(cell))))
	return strings.ReplaceAll(text, "ё", "е")
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// empty reports whether a row has nothing in any cell.
func empty(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(visible(c)) != "" {
			return false
		}
	}
	return true
}
