// Package iban checks International Bank Account Numbers: country, length,
// structure by the IBAN registry, and the two check digits of ISO 7064. A right
// checksum alone is not enough, since one in 97 typing errors keeps it.
package iban

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// invalid is why a text is not an IBAN: a word and a sentence for it.
type invalid struct {
	why      fault.FieldReason
	sentence string
}

// Error returns the sentence.
func (e *invalid) Error() string { return e.sentence }

func wrong(why fault.FieldReason, sentence string) *invalid { return &invalid{why, sentence} }

// Why a text is not an IBAN. None of them holds the text.
var (
	errShape    = wrong(fault.FieldIBANMalformed, "is not an IBAN: it has to begin with a country, two check digits, and go on with letters and digits")
	errCountry  = wrong(fault.FieldIBANCountry, "is not an IBAN: its country has none")
	errForm     = wrong(fault.FieldIBANCountry, "is not an IBAN of its country: it has another length or other letters and digits")
	errChecksum = wrong(fault.FieldIBANChecksum, "is not an IBAN: its check digits are wrong, look for a typing error")
)

// maxText bounds what is looked at: 34 characters and a space behind each.
const maxText = 68

// IBAN is a valid account number. The zero value is no account.
type IBAN struct {
	text string
}

// Parse reads an IBAN in any case, with or without spaces. An error says what
// is wrong in a fixed sentence that never holds the text.
func Parse(text string) (IBAN, error) {
	i, err := parse(text)
	if err != nil {
		return IBAN{}, err
	}
	return i, nil
}

func parse(text string) (IBAN, *invalid) {
	if len(text) > maxText {
		return IBAN{}, errShape
	}
	s := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if len(s) < 5 || !matches("a2n2", s[:4]) || !matches("c", s[4:5]) {
		return IBAN{}, errShape
	}
	form, known := registry[s[:2]]
	switch {
	case !known:
		return IBAN{}, errCountry
	case !matches(form, s[4:]):
		return IBAN{}, errForm
	case !checksum(s):
		return IBAN{}, errChecksum
	}
	return IBAN{text: s}, nil
}

// ParseField is Parse for a field of a request: its error is a fault that names
// the field.
func ParseField(field, text string) (IBAN, error) {
	i, err := parse(text)
	if err != nil {
		return IBAN{}, fault.Field(field, err.why, err.sentence)
	}
	return i, nil
}

// String returns the electronic form: capitals and digits without spaces.
func (i IBAN) String() string { return i.text }

// IsZero reports whether there is no account.
func (i IBAN) IsZero() bool { return i.text == "" }

// Country returns the ISO 3166 code of two letters, empty for no account.
func (i IBAN) Country() string {
	if i.IsZero() {
		return ""
	}
	return i.text[:2]
}

// SEPA reports whether the account's country takes part in SEPA credit
// transfers.
func (i IBAN) SEPA() bool { return !i.IsZero() && strings.Contains(sepa, i.Country()) }

// matches compares s with a form such as "a4n6c8": letters, digits, or either,
// as many as the number behind says, one where there is none.
func matches(form, s string) bool {
	for form != "" {
		kind := form[0]
		form = form[1:]
		count := 0
		for form != "" && form[0] >= '0' && form[0] <= '9' {
			count, form = 10*count+int(form[0]-'0'), form[1:]
		}
		count = max(count, 1)
		if len(s) < count {
			return false
		}
		for _, c := range []byte(s[:count]) {
			letter, digit := c >= 'A' && c <= 'Z', c >= '0' && c <= '9'
			if !(letter && kind != 'n' || digit && kind != 'a') {
				return false
			}
		}
		s = s[count:]
	}
	return s == ""
}

// checksum computes ISO 7064 MOD 97-10 over a number whose letters and digits
// have been checked.
func checksum(s string) bool {
	rest := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		if c >= 'A' {
			rest = (100*rest + int(c-'A') + 10) % 97
		} else {
			rest = (10*rest + int(c-'0')) % 97
		}
	}
	return rest == 1
}
