// Package fund holds the earmarks that gifts are for: which currencies they
// take, what they promise about fees, and which shares they pass to the reserve
// and to running costs.
package fund

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

const (
	minID, maxID  = 3, 30 // characters
	maxName       = 100   // characters
	maxCurrencies = 20    // codes
	maxShare      = 1000  // basis points: 10 %
)

// versioned are ids as versions of a fund have them.
var versioned = regexp.MustCompile(`-v[0-9]+$`)

// State says whether a fund takes gifts, in the contract's word. The zero State is
// invalid.
type State string

// A fund is Open until a treasurer closes it.
const (
	Open   State = "OPEN"   // gifts are taken
	Closed State = "CLOSED" // no new gifts
)

// Kind says what a fund is for, in the contract's word. The zero Kind is invalid.
type Kind string

// Earmark is the kind of all funds but three, which have a task of their own.
const (
	Earmark       Kind = "EARMARK"    // aid, general or restricted
	ForOperations Kind = "OPERATIONS" // running costs
	ForReserve    Kind = "RESERVE"    // chargebacks
	ForEmergency  Kind = "EMERGENCY"  // emergency grants
)

// Fund is an earmark.
type Fund struct {
	// ID is also the fund's part of its ledger accounts' paths.
	ID          string
	DisplayName string
	// Currencies are the ISO 4217 codes that gifts may have.
	Currencies []string
	// PromisesFull says that the processor's fee is never taken from the gift.
	PromisesFull bool
	// ReserveShare and OperationsShare are basis points of each gift.
	ReserveShare, OperationsShare int64
	State                         State
	Kind                          Kind
	CreatedAt                     time.Time
	// Version counts its changes, from 1.
	Version int64
	// Root is the id of the fund's first version, Number counts the versions from 1.
	Root   string
	Number int
	// Rule says for which requests the money is, empty for all; Examples show what it
	// means. Both never change.
	Rule     string
	Examples []Example
	// Goal is what is to be collected, nil for no goal.
	Goal *money.Amount `db:"-"`
	// TakesFrom and TakesUntil are the first and last day on which gifts are taken, nil
	// for no bound.
	TakesFrom, TakesUntil *time.Time
}

// New checks what a treasurer says about a new fund; id, state, kind and time
// of f are set here.
func New(id string, f Fund, now time.Time) (Fund, error) {
	f.ID, f.Root, f.Number = id, id, 1
	switch {
	case !validID(id):
		return Fund{}, fault.Field("fundId", fault.FieldMalformed, "must have 3 to 30 lower-case letters, digits or hyphens, a letter first")
	case versioned.MatchString(id):
		return Fund{}, fault.Field("fundId", fault.FieldNotPossible, "must not end as versions do, in -v and a number")
	}
	return f.begin(now)
}

// Next checks what a treasurer says about the version after f, the newest one. It is a
// fund of its own, with accounts of its own.
func (f Fund) Next(n Fund, now time.Time) (Fund, error) {
	if f.Kind != Earmark {
		return Fund{}, fault.New(fault.Precondition, fault.ReasonIllegalState, "Only funds for aid have versions.")
	}
	n.Root, n.Number = f.Root, f.Number+1
	n.ID = f.Root + "-v" + strconv.Itoa(n.Number)
	return n.begin(now)
}

func (f Fund) begin(now time.Time) (Fund, error) {
	f.State, f.Kind, f.CreatedAt, f.Version = Open, Earmark, now, 1
	f, err := f.checked()
	if err == nil {
		err = f.checkRule()
	}
	return f, err
}

// Change is what may change of a fund.
type Change struct {
	DisplayName           string
	Currencies            []string
	Goal                  *money.Amount
	TakesFrom, TakesUntil *time.Time
}

// Changed checks what a treasurer says about a fund that is there. Everything else
// stays.
func (f Fund) Changed(c Change) (Fund, error) {
	f.DisplayName, f.Currencies, f.Goal, f.TakesFrom, f.TakesUntil = c.DisplayName, c.Currencies, c.Goal, c.TakesFrom, c.TakesUntil
	f.Version++
	return f.checked()
}

// MayClose reports, as a fault, why nobody may close the fund.
func (f Fund) MayClose() error {
	if f.Kind == ForOperations || f.Kind == ForReserve {
		return fault.New(fault.Precondition, fault.ReasonIllegalState, "Funds that carry costs or chargebacks are not closed.")
	}
	if f.State != Open {
		return fault.State("fund", string(f.State), string(Closed))
	}
	return nil
}

// Close ends the taking of gifts.
func (f Fund) Close() (Fund, error) {
	if err := f.MayClose(); err != nil {
		return f, err
	}
	f.State, f.Version = Closed, f.Version+1
	return f, nil
}

func (f Fund) checked() (Fund, error) {
	f.DisplayName = strings.TrimSpace(f.DisplayName)
	if n := utf8.RuneCountInString(f.DisplayName); n == 0 || n > maxName {
		return Fund{}, fault.Field("displayName", fault.FieldWrongLength, "must have 1 to 100 characters")
	}
	if err := pan.Refuse("displayName", f.DisplayName); err != nil {
		return Fund{}, err
	}
	if err := checkCurrencies(f.Currencies); err != nil {
		return Fund{}, err
	}
	if err := f.checkGoal(); err != nil {
		return Fund{}, err
	}
	return f, f.checkShares()
}

// validID reports whether id may stand in account paths and resource names.
func validID(id string) bool {
	if len(id) < minID || len(id) > maxID || id[0] < 'a' || id[0] > 'z' {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

func checkCurrencies(codes []string) error {
	if len(codes) == 0 || len(codes) > maxCurrencies {
		return fault.Field("currencyCodes", fault.FieldWrongCount, "must have 1 to 20 entries")
	}
	for i, c := range codes {
		field := "currencyCodes[" + strconv.Itoa(i) + "]"
		if !money.Known(c) {
			return fault.Field(field, fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
		}
		if slices.Contains(codes[:i], c) {
			return fault.Field(field, fault.FieldGivenTwice, "must not be given twice")
		}
	}
	return nil
}

func (f Fund) checkShares() error {
	for _, s := range []struct {
		field string
		share int64
	}{{"reserveBasisPoints", f.ReserveShare}, {"operationsBasisPoints", f.OperationsShare}} {
		switch {
		case s.share < 0 || s.share > maxShare:
			return fault.Field(s.field, fault.FieldOutOfRange, "must be from 0 to 1000")
		case s.share > 0 && f.PromisesFull:
			return fault.Field(s.field, fault.FieldOutOfRange, "must be 0 for a fund that promises the full gift")
		}
	}
	return nil
}

func (f Fund) checkGoal() error {
	if f.Goal != nil && !slices.Contains(f.Currencies, f.Goal.Currency) {
		return fault.Field("goal.currencyCode", fault.FieldMismatch, "must be one of the fund's currencies")
	}
	if f.TakesFrom != nil && f.TakesUntil != nil && f.TakesUntil.Before(*f.TakesFrom) {
		return fault.Field("takesUntil", fault.FieldWrongOrder, "must not be before takesFrom")
	}
	return nil
}

// Accept checks that the fund takes a gift in currency now; field names the
// designation.
func (f Fund) Accept(field, currency string, now time.Time) error {
	switch day := now.UTC().Truncate(24 * time.Hour); {
	case f.State != Open, f.TakesUntil != nil && f.TakesUntil.Before(day):
		return fault.New(fault.Precondition, fault.ReasonFundClosed, "The fund takes no more gifts.")
	case f.TakesFrom != nil && day.Before(*f.TakesFrom):
		return fault.New(fault.Precondition, fault.ReasonFundNotOpenYet, "The fund takes no gifts yet.")
	case !slices.Contains(f.Currencies, currency):
		return fault.Field(field, fault.FieldNotPossible, "does not take gifts in this currency")
	}
	return nil
}
