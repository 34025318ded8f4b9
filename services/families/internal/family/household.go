package family

import (
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// oldest is the age in years that nobody exceeds.
const oldest = 130

// longestConsent is how long a consent is in force, in years.
const longestConsent = 2

// dayFormat is how days are written.
const dayFormat = time.DateOnly

// Member is a person of the household. Sealed as a whole.
type Member struct {
	// ID is "m_…".
	ID string `json:"-"`
	// FullName is name and surname in any script.
	FullName string `json:"fullName"`
	// Relationship is what the member is to the prisoner, an enum's name.
	Relationship string `json:"relationship"`
	// BirthYear is 0 where unknown.
	BirthYear int `json:"birthYear,omitempty"`
	// Version counts what was entered of it, from 1.
	Version int `json:"-"`
	// CreatedAt is when the member was entered.
	CreatedAt time.Time `json:"-"`
}

// Check checks a member that is entered now.
func (m Member) Check(now time.Time) error {
	if err := checkText("fullName", m.FullName, 2, 200); err != nil {
		return err
	}
	if m.Relationship == "" {
		return fault.Field("relationship", fault.FieldRequired, "is required")
	}
	if m.BirthYear != 0 && (m.BirthYear > now.Year() || m.BirthYear < now.Year()-oldest) {
		return fault.Field("birthYear", fault.FieldInTheFuture, "must be a year that is not in the future and not more than 130 years ago")
	}
	return nil
}

// Second is who entered something that another person has to confirm.
type Second struct {
	// Enterer and Confirmer are staff pseudonyms, Confirmer empty before.
	Enterer, Confirmer string
	// State is PENDING, CONFIRMED or, of destinations, REPLACED or VOID.
	State string
}

// States of what a second person confirms.
const (
	Pending   = "PENDING"
	Confirmed = "CONFIRMED"
	Replaced  = "REPLACED"
	Void      = "VOID"
)

// CheckConfirm refuses the enterer, and what is confirmed already.
func (s Second) CheckConfirm(what, person string) error {
	if s.Enterer == person {
		return SamePerson()
	}
	if s.State != Pending {
		return fault.State(what, s.State, Confirmed)
	}
	return nil
}

// Contact is a channel over which a family can be reached. Sealed as a whole.
type Contact struct {
	// ID is "c_…".
	ID string `json:"-"`
	// Channel is an enum's name.
	Channel string `json:"channel"`
	// Address is a number, address or handle.
	Address string `json:"address"`
	// Language is ISO 639-1.
	Language string `json:"language,omitempty"`
	// SafeWording is what may be said to whoever answers, SafeHours when.
	SafeWording string `json:"safeWording,omitempty"`
	SafeHours   string `json:"safeHours,omitempty"`
	// DoNotContact forbids the channel.
	DoNotContact bool `json:"doNotContact,omitempty"`
	// Version counts what was entered of it, from 1.
	Version int `json:"-"`
	// Second is who entered and who confirmed it.
	Second Second `json:"-"`
	// Known is the version that was confirmed last, 0 for none: another channel that was
	// entered since waits beside it.
	Known int `json:"-"`
	// First is who has confirmed it while the channels known before were dead.
	First First `json:"-"`
	// CreatedAt is when it was entered.
	CreatedAt time.Time `json:"-"`
}

// Check checks a contact.
func (c Contact) Check() error {
	if c.Channel == "" {
		return fault.Field("channel", fault.FieldRequired, "is required")
	}
	if err := checkText("address", c.Address, 3, 200); err != nil {
		return err
	}
	if c.Channel == "EMAIL" {
		if a, err := mail.ParseAddress(c.Address); err != nil || a.Address != c.Address {
			return fault.Field("address", fault.FieldMalformed, "must be an e-mail address")
		}
	}
	if c.Language != "" && (len(c.Language) != 2 || strings.ToLower(c.Language) != c.Language) {
		return fault.Field("language", fault.FieldMalformed, "must be an ISO 639-1 code of two small letters")
	}
	if err := checkText("safeWording", c.SafeWording, 0, 500); err != nil {
		return err
	}
	return checkText("safeHours", c.SafeHours, 0, 100)
}

// Consent is what a family agreed to.
type Consent struct {
	// ID is "n_…".
	ID string `json:"-"`
	// Purpose is an enum's name; "AID" is the one without which nothing is paid.
	Purpose string
	// GivenOn is the first day, ExpiresOn the first one after the last.
	GivenOn, ExpiresOn time.Time
	// WithdrawnOn is zero where it was not withdrawn.
	WithdrawnOn time.Time `json:"-"`
	// Version counts what was decided about it, from 1.
	Version int `json:"-"`
	// CreatedAt is the day on which it was recorded.
	CreatedAt time.Time `json:"-"`
}

// CheckGiven refuses a consent that was withdrawn: it stays so.
func (c Consent) CheckGiven() error {
	if !c.WithdrawnOn.IsZero() {
		return fault.State("consent", "WITHDRAWN", "GIVEN")
	}
	return nil
}

// PurposeAid is the consent without which nothing is paid.
const PurposeAid = "AID"

// NewConsent checks and completes a consent that is recorded now; days are
// written "2026-11-24", expires may be empty.
func NewConsent(purpose, given, expires string, now time.Time) (Consent, error) {
	if purpose == "" {
		return Consent{}, fault.Field("purpose", fault.FieldRequired, "is required")
	}
	from, err := parseDay("givenOn", given)
	if err != nil {
		return Consent{}, err
	}
	if from.After(now) {
		return Consent{}, fault.Field("givenOn", fault.FieldInTheFuture, "must not be in the future")
	}
	until := from.AddDate(longestConsent, 0, 0)
	if expires != "" {
		day, err := parseDay("expiresOn", expires)
		if err != nil {
			return Consent{}, err
		}
		if !day.After(from) || day.After(until) {
			return Consent{}, fault.Field("expiresOn", fault.FieldWrongOrder, "must be after givenOn, by two years at most")
		}
		until = day
	}
	if !until.After(now) {
		return Consent{}, fault.Field("expiresOn", fault.FieldInThePast, "must be in the future")
	}
	return Consent{Purpose: purpose, GivenOn: from, ExpiresOn: until}, nil
}

func parseDay(field, text string) (time.Time, error) {
	day, err := time.Parse(dayFormat, text)
	if err != nil {
		return time.Time{}, fault.Field(field, fault.FieldMalformed, "must be a day such as 2026-11-24")
	}
	return day, nil
}

// checkText checks a text's length in characters, and that it is one line or
// several of printable text.
func checkText(field, text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	if !utf8.ValidString(text) || n < least || n > most || strings.TrimSpace(text) != text ||
		strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }) {
		return fault.Field(field, fault.FieldMalformed, "is too short, too long, or has spaces around it or control characters in it")
	}
	return nil
}
