package sourcelist

import "fmt"

// String returns the format's word.
func (f Format) String() string {
	return word(f, map[Format]string{
		Registry: "REGISTRY", Names: "NAMES", NamesBelarusian: "NAMES_BELARUSIAN", NamesRussian: "NAMES_RUSSIAN",
	})
}

// String returns the encoding's word.
func (e Encoding) String() string {
	return word(e, map[Encoding]string{UTF8: "UTF_8", UTF8Mark: "UTF_8_WITH_MARK", Windows1251: "WINDOWS_1251", UTF16Little: "UTF_16_LE", UTF16Big: "UTF_16_BE"})
}

// String returns the status's word.
func (s Status) String() string {
	return word(s, map[Status]string{Active: "ACTIVE", Former: "FORMER", NotRecognised: "NOT_RECOGNISED"})
}

// String returns the sex's word.
func (s Sex) String() string {
	return word(s, map[Sex]string{Female: "FEMALE", Male: "MALE"})
}

// String returns the word for what the prison cell says.
func (l Liberty) String() string {
	return word(l, map[Liberty]string{Imprisoned: "IMPRISONED", Released: "RELEASED", AwaitingPenalty: "AWAITING_PENALTY"})
}

func word[T comparable](value T, words map[T]string) string {
	if w, ok := words[value]; ok {
		return w
	}
	return "UNKNOWN"
}

// IsZero reports whether nothing is known of the date.
func (d Date) IsZero() bool { return d == Date{} }

// Known reports whether the date is known to the day.
func (d Date) Known() bool { return d.Day != 0 }

// String returns as much as is known: "2026-09-29", "2026-09", "2026" or "".
func (d Date) String() string {
	switch {
	case d.Year == 0:
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	default:
		return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
	}
}
