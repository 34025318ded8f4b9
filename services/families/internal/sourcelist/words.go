package sourcelist

import (
	"regexp"
	"strings"
	"unicode"
)

// sex reads one letter or one word in three languages.
func (r *reading) sex(cell string) {
	word := strings.TrimRight(fold(cell), ".")
	switch {
	case word == "":
	case word == "m" || word == "male" || word == "man" || word == "м" || strings.HasPrefix(word, "муж"):
		r.row.Sex = Male
	case word == "f" || word == "female" || word == "woman" || word == "ж" || strings.HasPrefix(word, "жен") || strings.HasPrefix(word, "жан"):
		r.row.Sex = Female
	default:
		r.complain(UnknownSex, "is not a sex that is known")
	}
}

// anonymousName is how lists write somebody whom they do not name: "Citizen K.",
// initials only, or a word for unknown.
var anonymousName = regexp.MustCompile(`(?i)^(?:(?:citizen|гражданин|гражданка|грамадзянін|грамадзянка)(?: +\pL{1,2}\.?)*|(?:\pL\. *)+|\pL|anonymous|unknown|неизвестн\pL*|невядом\pL*|ананім\pL*|аноним\pL*)$`)

func anonymous(name string) bool { return anonymousName.MatchString(name) }

// prison tells name and address apart, and both from words for being free.
func prison(cell string) Prison {
	switch word := fold(cell); {
	case word == "":
		return Prison{}
	case containsAny(word, "до начала отбывания", "да пачатку адбыцця", "да пачатку адбывання", "before serving", "awaiting the start", "until the sentence begins", "until the penalty begins"):
		return Prison{Liberty: AwaitingPenalty}
	case strings.HasPrefix(word, "released") || strings.HasPrefix(word, "освобожд") || strings.HasPrefix(word, "вызвален") || strings.HasPrefix(word, "на свободе") || strings.HasPrefix(word, "на волі"):
		return Prison{Liberty: Released}
	}
	text := strings.TrimSpace(strings.ReplaceAll(cell, "\r\n", "\n"))
	name, address, found := strings.Cut(text, "\n")
	if !found {
		name, address, _ = strings.Cut(text, ";")
	}
	return Prison{Liberty: Imprisoned, Name: squeeze(name), Address: squeeze(address)}
}

// lookalikes are Latin letters that look like Cyrillic ones, which they stand for
// in words that are Cyrillic otherwise.
var lookalikes = strings.NewReplacer(
	"A", "А", "B", "В", "C", "С", "E", "Е", "H", "Н", "I", "І", "K", "К", "M", "М", "O", "О", "P", "Р", "T", "Т", "X", "Х", "Y", "У",
	"a", "а", "c", "с", "e", "е", "i", "і", "o", "о", "p", "р", "x", "х", "y", "у",
)

// repair replaces Latin letters inside Cyrillic words and tells whether there were
// any. A word in which a letter has no Cyrillic twin stays as it is.
func repair(text string) (repaired string, mixed bool) {
	var out, word strings.Builder
	flush := func() {
		w := word.String()
		word.Reset()
		if latin, cyrillic := scripts(w); latin && cyrillic {
			mixed = true
			if fixed := lookalikes.Replace(w); !hasLatin(fixed) {
				w = fixed
			}
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

func scripts(word string) (latin, cyrillic bool) {
	for _, c := range word {
		latin = latin || unicode.Is(unicode.Latin, c)
		cyrillic = cyrillic || unicode.Is(unicode.Cyrillic, c)
	}
	return latin, cyrillic
}

func hasLatin(word string) bool {
	latin, _ := scripts(word)
	return latin
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
