package donation

import (
	"fmt"

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

// Share is what a pledge promised to one fund, in minor units of the pledged
// currency; a share without a fund is the tip, of which all is Operations.
type Share struct {
	Fund                       string
	Stays, Reserve, Operations int64
	PromisesFull               bool
}

// Divide splits what was settled in proportion to what was promised, by largest
// remainder, ties to the earlier share. The parts add up to gross and their fees
// to the fee; where nothing was exchanged they are what the donor saw.
func Divide(s Settlement, shares []Share) ([]Part, error) {
	weights := make([]int64, len(shares))
	for i, w := range shares {
		weights[i] = w.Stays + w.Reserve + w.Operations
	}
	gross, err := money.Split(s.Gross.MinorUnits, weights)
	if err != nil {
		return nil, fmt.Errorf("divide gross: %w", err)
	}
	fees, err := money.Split(s.Fee.MinorUnits, weights)
	if err != nil {
		return nil, fmt.Errorf("divide fee: %w", err)
	}
	parts := make([]Part, len(shares))
	for i, w := range shares {
		within, err := money.Split(gross[i], []int64{w.Stays, w.Reserve, w.Operations})
		if err != nil {
			return nil, fmt.Errorf("divide part %d: %w", i, err)
		}
		parts[i] = Part{
			Fund: w.Fund, Amount: gross[i], Reserve: within[1], Operations: within[2],
			Fee: fees[i], PromisesFull: w.PromisesFull,
		}
	}
	return parts, nil
}
