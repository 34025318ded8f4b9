// Package latin writes names in the letters that payment files can carry, and says which
// names have no such spelling.
package latin

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Alphabet is what every bank in SEPA has to accept. Source: EPC217-08,
// SEPA requirements for an extended character set.
const Alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "

// Write writes s in the letters that every bank in SEPA accepts: Latin letters
// lose their marks, Cyrillic and Greek ones become Latin as in passports (ICAO
// 9303), signs become the nearest sign or a space. It reports false where a
// letter has no such spelling.
func Write(s string) (string, bool) {
	var out strings.Builder
	runes := []rune(norm.NFKD.String(s))
	for i, r := range runes {
		switch latin, known := spelling(unicode.ToLower(r)); {
		case r < unicode.MaxASCII && strings.ContainsRune(Alphabet, r):
			out.WriteRune(r)
		case known:
			out.WriteString(cased(latin, runes, i))
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
			// A mark over the letter before, or nothing to see.
		case unicode.IsLetter(r), unicode.IsNumber(r):
			return "", false
		default:
			out.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(out.String()), " "), true
}

// cased gives a spelling the case of the letter at i that it replaces: "Shch"
// among small letters, "SHCH" among capitals. The next letter of the word
// decides, behind the last one the letter before it.
func cased(latin string, runes []rune, i int) string {
	if !unicode.IsUpper(runes[i]) || latin == "" {
		return latin
	}
	for _, step := range []int{1, -1} {
		for j := i + step; j >= 0 && j < len(runes) && !unicode.IsSpace(runes[j]); j += step {
			if unicode.IsLetter(runes[j]) {
				if unicode.IsUpper(runes[j]) {
					return strings.ToUpper(latin)
				}
				return strings.ToUpper(latin[:1]) + latin[1:]
			}
		}
	}
	return strings.ToUpper(latin[:1]) + latin[1:]
}

// spelling returns the Latin spelling of one small letter or sign without
// marks. Letters with marks have been taken apart before: "ў" comes as "у".
func spelling(r rune) (string, bool) {
	for _, table := range []map[rune]string{cyrillic, greek, latin, signs} {
		if s, ok := table[r]; ok {
			return s, true
		}
	}
	return "", false
}

// cyrillic follows ICAO 9303 part 3, section 6, for Belarusian, Russian,
// Ukrainian, Bulgarian, Macedonian and Serbian letters.
var cyrillic = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'ґ': "g", 'д': "d", 'ђ': "d", 'е': "e", 'є': "ie", 'ж': "zh", 'з': "z",
	'и': "i", 'і': "i", 'ј': "j", 'к': "k", 'л': "l", 'љ': "lj", 'м': "m", 'н': "n", 'њ': "nj", 'о': "o", 'п': "p",
	'р': "r", 'с': "s", 'т': "t", 'ћ': "c", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'џ': "dz", 'ш': "sh",
	'щ': "shch", 'ъ': "ie", 'ы': "y", 'ь': "", 'э': "e", 'ю': "iu", 'я': "ia", 'ѕ': "dz",
}

// greek follows ELOT 743 letter by letter.
var greek = map[rune]string{
	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l",
	'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p", 'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f",
	'χ': "ch", 'ψ': "ps", 'ω': "o",
}

// latin holds the letters that do not come apart into one of ours and a mark.
var latin = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i", 'ħ': "h", 'ŧ': "t",
	'ŋ': "n", 'ə': "e", 'ĸ': "k",
}

// signs follows the conversion table of EPC217-08.
var signs = map[rune]string{
	'’': "'", '‘': "'", 'ʼ': "'", 'ʹ': "'", '`': "'", '´': "'", '′': "'", '–': "-", '—': "-", '‐': "-", '‑': "-", '−': "-",
	'_': "-", '&': "+", ';': ",", '[': "(", ']': ")", '{': "(", '}': ")", '\\': "/", '|': "/", '⁄': "/", '!': ".", '"': "'",
	'„': "'", '“': "'", '”': "'", '«': "'", '»': "'", '…': "...", '№': "No.",
}
