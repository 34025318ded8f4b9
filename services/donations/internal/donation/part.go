package donation

import (
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Part is what one fund gets of a donation, in minor units of the settlement
// currency. The tip is a part too: the one with no fund.
type Part struct {
	// Fund is the fund's id, empty for the tip.
	Fund string
	// Amount is the whole part; Reserve and Operations of it go to those funds.
	Amount, Reserve, Operations int64
	// Fee is the part's share of the processor's fee.
	Fee int64
	// PromisesFull: the fee is not taken from the part.
	PromisesFull bool
}

// Stays is what is credited to the fund's clearing account.
func (p Part) Stays() int64 { return p.Amount - p.Reserve - p.Operations }

// feeFromClearing is the fee that the fund's own clearing account carries.
func (p Part) feeFromClearing() int64 {
	if p.PromisesFull || p.Fund == "" {
		return 0
	}
	return min(p.Fee, p.Stays())
}

// Clears is what becomes available to the fund when the gift has cleared.
func (p Part) Clears() int64 {
	if p.Fund == "" {
		return 0
	}
	return p.Stays() - p.feeFromClearing()
}

// Divide splits what was settled among the funds of a pledge and the tip, by
// largest remainder, ties to the earlier designation and last to the tip. The
// parts add up to gross, their fees to the fee.
func Divide(s Settlement, p pledge.Pledge) ([]Part, error) {
	weights := make([]int64, 0, len(p.Designations)+1)
	for _, d := range p.Designations {
		weights = append(weights, d.Amount)
	}
	if p.Tip > 0 {
		weights = append(weights, p.Tip)
	}
	gross, err := money.Split(s.Gross.MinorUnits, weights)
	if err != nil {
		return nil, fmt.Errorf("divide gross: %w", err)
	}
	fees, err := money.Split(s.Fee.MinorUnits, weights)
	if err != nil {
		return nil, fmt.Errorf("divide fee: %w", err)
	}
	parts := make([]Part, len(weights))
	for i := range parts {
		if i == len(p.Designations) {
			parts[i] = Part{Amount: gross[i], Operations: gross[i], Fee: fees[i]}
			continue
		}
		d := p.Designations[i]
		_, reserve, operations, err := d.Terms.Shares(gross[i])
		if err != nil {
			return nil, fmt.Errorf("divide part of fund %s: %w", d.Fund, err)
		}
		parts[i] = Part{
			Fund: d.Fund, Amount: gross[i], Reserve: reserve, Operations: operations,
			Fee: fees[i], PromisesFull: d.Terms.PromisesFull,
		}
	}
	return parts, nil
}

// Clearing delays of an installation that keeps them.
const (
	clearingDays = 14 // after which a charge is rarely disputed
	dueWeekday   = time.Monday
)

// ClearsAt is when a gift received on a day becomes available: at once in
// development, otherwise on the first Monday that is 14 days or more away, so
// that a week's gifts clear as one sum.
func ClearsAt(receivedOn time.Time, development bool) time.Time {
	if development {
		return receivedOn
	}
	t := receivedOn.AddDate(0, 0, clearingDays)
	for t.Weekday() != dueWeekday {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// operationsSources carry a fee that the gift must not: first running costs,
// then the fund's deficit.
func operationsSources(id string) []string {
	return []string{fund.Available(fund.Operations), fund.Deficit(id)}
}
