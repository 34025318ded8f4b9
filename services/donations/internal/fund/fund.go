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

// Limits of a fund.
const (
	maxName       = 100  // characters
	maxCurrencies = 20   // codes
	maxShare      = 1000 // basis points: 10 %
)

// State says whether a fund takes gifts. The zero State is invalid.
type State int

// The states.
const (
	Open   State = iota + 1 // gifts are taken
	Closed                  // no new gifts
)

// Kind says what a fund is for. The zero Kind is invalid.
type Kind int

// The kinds.
const (
	Earmark       Kind = iota + 1 // aid, general or restricted
	ForOperations                 // running costs
	ForReserve                    // chargebacks
	ForEmergency                  // emergency grants
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
}

// New checks what a treasurer says about a new fund; id, state, kind and time
// of f are set here.
func New(id string, f Fund, now time.Time) (Fund, error) {
	f.ID, f.State, f.Kind, f.CreatedAt = id, Open, Earmark, now
	f.DisplayName = strings.TrimSpace(f.DisplayName)
	if !regexp.MustCompile(`^[a-z][a-z0-9-]{2,29}$`).MatchString(id) {
		return Fund{}, fault.Field("fundId", "must have 3 to 30 lower-case letters, digits or hyphens, a letter first")
	}
	if n := utf8.RuneCountInString(f.DisplayName); n == 0 || n > maxName {
		return Fund{}, fault.Field("displayName", "must have 1 to 100 characters")
	}
	if err := pan.Refuse("displayName", f.DisplayName); err != nil {
		return Fund{}, err
	}
	if err := checkCurrencies(f.Currencies); err != nil {
		return Fund{}, err
	}
	return f, f.checkShares()
}

func checkCurrencies(codes []string) error {
	if len(codes) == 0 || len(codes) > maxCurrencies {
		return fault.Field("currencyCodes", "must have 1 to 20 entries")
	}
	for i, c := range codes {
		field := "currencyCodes[" + strconv.Itoa(i) + "]"
		if !money.Known(c) {
			return fault.Field(field, "must be a current ISO 4217 code in capitals")
		}
		if slices.Contains(codes[:i], c) {
			return fault.Field(field, "must not be given twice")
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
			return fault.Field(s.field, "must be from 0 to 1000")
		case s.share > 0 && f.PromisesFull:
			return fault.Field(s.field, "must be 0 for a fund that promises the full gift")
		}
	}
	return nil
}

// Accept checks that the fund takes a gift in currency now; field names the
// designation.
func (f Fund) Accept(field, currency string) error {
	if f.State != Open {
		return fault.New(fault.Precondition, "FUND_CLOSED", "The fund takes no more gifts.")
	}
	if !slices.Contains(f.Currencies, currency) {
		return fault.Field(field, "does not take gifts in this currency")
	}
	return nil
}
