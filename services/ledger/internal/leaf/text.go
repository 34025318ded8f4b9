package leaf

import (
	"errors"

	"github.com/solidarity-fund/solidarity/services/internal/account"
)

const (
	// MaxReference bounds a reference, in bytes.
	MaxReference = 160
	// MaxResource bounds a resource name, in bytes.
	MaxResource = 200
	// MaxPerson bounds a person's pseudonym, in bytes.
	MaxPerson = 64
)

var (
	errReference = errors.New("must be 1 to 160 of A-Z, a-z, 0-9 and . _ / : -, beginning with a letter or digit")
	errResource  = errors.New("must be a resource name: parts of A-Z, a-z, 0-9, _ and - joined by /, at most 200 bytes")
	errPerson    = errors.New("must be a resource name such as staff/s_1, at most 64 bytes")
	errLedger    = errors.New("must be 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit")
	errCurrency  = errors.New("must be three capitals")
	errSource    = errors.New("must be a resource name: parts of A-Z, a-z, 0-9, _ and - joined by /, 1 to 200 bytes")
)

// Classes of characters, as bits.
const (
	alphanumeric = 1 << iota
	inResource
	inReference
)

// classes holds for each byte what it may be part of.
var classes = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			t[c] = alphanumeric | inResource | inReference
		case c == '_', c == '-':
			t[c] = inResource | inReference
		case c == '.', c == '/', c == ':':
			t[c] = inReference
		}
	}
	return t
}()

// CheckReference checks the form of a reference. Like the other checks here it
// returns a fixed sentence that can follow the name of a field.
func CheckReference(s string) error {
	if s == "" || len(s) > MaxReference || classes[s[0]]&alphanumeric == 0 {
		return errReference
	}
	for i := range len(s) {
		if classes[s[i]]&inReference == 0 {
			return errReference
		}
	}
	return nil
}

// CheckResource checks the form of a resource name.
func CheckResource(s string) error {
	if !named(s, MaxResource) {
		return errResource
	}
	return nil
}

// CheckPerson checks the form of a person's pseudonym.
func CheckPerson(s string) error {
	if !named(s, MaxPerson) {
		return errPerson
	}
	return nil
}

// CheckLedger checks the form of a ledger's id.
func CheckLedger(s string) error {
	if !account.Segment(s) {
		return errLedger
	}
	return nil
}

// CheckCurrency checks the form of a currency code.
func CheckCurrency(s string) error {
	if !account.Currency(s) {
		return errCurrency
	}
	return nil
}

// optional lets an empty text pass.
func optional(check func(string) error) func(string) error {
	return func(s string) error {
		if s == "" {
			return nil
		}
		return check(s)
	}
}

// named reports whether s is parts joined by slashes, none of them empty, and
// begins with a letter or digit, so that no spreadsheet takes it for a formula.
func named(s string, most int) bool {
	if s == "" || len(s) > most || classes[s[0]]&alphanumeric == 0 {
		return false
	}
	empty := true
	for i := range len(s) {
		switch {
		case s[i] == '/' && !empty:
			empty = true
		case classes[s[i]]&inResource != 0:
			empty = false
		default:
			return false
		}
	}
	return !empty
}
