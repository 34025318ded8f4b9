// Package destination holds where a family is paid: the fields of a rail, the
// second person who confirms them, and the time for which a change cools off
// before money may follow it.
package destination

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
)

// Sepa is the rail of SEPA credit transfers.
const Sepa = "sepa"

// Longest texts in characters that pain.001 carries.
const (
	maxHolder = 70
	maxTown   = 35
)

// Details are what is sealed of a destination.
type Details struct {
	// AccountHolder is as the bank knows them, in any script.
	AccountHolder string `json:"accountHolder"`
	// IBAN has capitals and no spaces.
	IBAN string `json:"iban"`
	// BIC is empty where it was not given.
	BIC string `json:"bic,omitempty"`
	// Country and Town are of the holder's address.
	Country string `json:"country"`
	Town    string `json:"town"`
}

// Destination is where a family is paid over one rail.
type Destination struct {
	// ID is "d_…".
	ID string
	// Rail is how money travels.
	Rail string
	// State is PENDING, CONFIRMED or REPLACED.
	State string
	// Version counts what was decided about it, from 1.
	Version int
	// Enterer and Confirmer are staff pseudonyms, Confirmer empty before.
	Enterer, Confirmer string
	// UsableAt is when it can be paid to, zero before it is confirmed.
	UsableAt time.Time
	// CreatedAt is when it was entered.
	CreatedAt time.Time
	// Details are empty unless they were opened.
	Details Details
}

// Check checks a destination as entered and returns its details as they are
// stored: the account without spaces, codes in capitals.
func Check(rail string, d Details) (Details, error) {
	if rail != Sepa {
		return Details{}, fault.Field("rail", fault.FieldNoSuchResource, "must be a rail that is set up: sepa")
	}
	account, err := iban.ParseField("iban", d.IBAN)
	if err != nil {
		return Details{}, err
	}
	if !account.SEPA() {
		return Details{}, fault.Field("iban", fault.FieldNotPossible, "must be of a country that takes part in SEPA")
	}
	d.IBAN, d.BIC = account.String(), strings.ToUpper(d.BIC)
	switch {
	case !text(d.AccountHolder, 2, maxHolder):
		return Details{}, fault.Field("accountHolder", fault.FieldWrongLength, "must have 2 to 70 characters on one line")
	case d.BIC != "" && !bic(d.BIC):
		return Details{}, fault.Field("bic", fault.FieldWrongLength, "must be a BIC of 8 or 11 characters")
	case !text(d.Town, 1, maxTown):
		return Details{}, fault.Field("town", fault.FieldWrongLength, "must have 1 to 35 characters on one line")
	}
	return d, family.CheckCountry("countryCode", d.Country)
}

// UsableAt is when a destination that is confirmed now can be paid to: the first
// one at once, since the family itself is being verified; a change when it has
// cooled off.
func UsableAt(now time.Time, first bool, coolingOff time.Duration) time.Time {
	if first {
		return now
	}
	return now.Add(coolingOff)
}

// Choose returns the confirmed destination of rail that can be paid to now, of
// all that are confirmed.
func Choose(confirmed []Destination, rail string, now time.Time) (Destination, error) {
	if len(confirmed) == 0 {
		return Destination{}, fault.New(fault.Precondition, fault.ReasonNoDestination, "The family has no confirmed destination.")
	}
	for _, d := range confirmed {
		if d.Rail != rail {
			continue
		}
		if now.Before(d.UsableAt) {
			return Destination{}, fault.New(fault.Precondition, fault.ReasonDestinationCoolingOff, "The destination was changed and is cooling off.")
		}
		return d, nil
	}
	return Destination{}, fault.New(fault.Precondition, fault.ReasonRailMismatch, "The family has no confirmed destination of this rail.")
}

func text(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' })
}

// bic reports whether s is four letters for the bank, two for the country, and
// two or five letters or digits.
func bic(s string) bool {
	letter := func(r rune) bool { return r >= 'A' && r <= 'Z' }
	digit := func(r rune) bool { return r >= '0' && r <= '9' }
	return (len(s) == 8 || len(s) == 11) &&
		!strings.ContainsFunc(s[:6], func(r rune) bool { return !letter(r) }) &&
		!strings.ContainsFunc(s[6:], func(r rune) bool { return !letter(r) && !digit(r) })
}
