package statement

import (
	"cmp"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Fund is the statement of a fund in one currency, in minor units. Opening and
// received and released and other, less fees and taken back and awarded, is
// closing, whatever was booked; the other figures explain them.
type Fund struct {
	Currency string
	// Opening and Closing are the fund's money less its deficit.
	Opening, Closing int64
	// Received are gifts, gross; Fees what processors and banks kept; TakenBack
	// refunds, disputes and other takings, less those won or undone.
	Received, Fees, TakenBack int64
	// Awarded was set aside for aid, Released of that came back.
	Awarded, Released int64
	// Other is everything else: what came in is positive.
	Other int64
	// Cleared became spendable within the fund.
	Cleared int64
	// Paid was handed to a rail out of the fund's awards and has not failed;
	// Returned came back to them.
	Paid, Returned int64
}

// fundLines says on which line a kind counts that moves a fund's money, and with
// which sign; what is not here is Other. A reversal counts under the kind of what
// it reverses.
var fundLines = map[leaf.Kind]func(*Fund) (line *int64, sign int64){
	leaf.Donation:        received,
	leaf.BankGift:        received,
	leaf.ProcessingFee:   fees,
	leaf.BankCharge:      fees,
	leaf.RefundStarted:   takenBack,
	leaf.RefundConfirmed: takenBack,
	leaf.Dispute:         takenBack,
	leaf.DisputeWon:      takenBack,
	leaf.StripeTaking:    takenBack,
	leaf.RoundHold:       awarded,
	leaf.EmergencyGrant:  awarded,
	leaf.RoundAward:      released,
	leaf.RoundRelease:    released,
	leaf.AwardCancelled:  released,
}

func received(f *Fund) (*int64, int64)  { return &f.Received, 1 }
func fees(f *Fund) (*int64, int64)      { return &f.Fees, -1 }
func takenBack(f *Fund) (*int64, int64) { return &f.TakenBack, -1 }
func awarded(f *Fund) (*int64, int64)   { return &f.Awarded, -1 }
func released(f *Fund) (*int64, int64)  { return &f.Released, 1 }
func other(f *Fund) (*int64, int64)     { return &f.Other, 1 }

// FundOf turns the sums of a fund's pools (PoolsOf) into its statement, by
// currency.
func FundOf(totals []Total) []Fund {
	by := map[string]*Fund{}
	for _, t := range totals {
		f := by[t.Currency]
		if f == nil {
			f = &Fund{Currency: t.Currency}
			by[t.Currency] = f
		}
		if strings.HasPrefix(t.Pool, Awards) {
			f.addAward(t)
		} else {
			f.add(t)
		}
	}
	out := make([]Fund, 0, len(by))
	for _, f := range by {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Fund) int { return cmp.Compare(a.Currency, b.Currency) })
	return out
}

// add adds what was booked on the fund's own accounts. Of a clearing both sides
// count as Other: where it stays within the fund they make no difference.
func (f *Fund) add(t Total) {
	f.Opening += t.Before
	f.Closing += t.Before + t.Within
	if t.Kind == leaf.Clearing && strings.HasSuffix(t.Pool, ":available") {
		f.Cleared += t.Within
	}
	line := fundLines[t.Kind]
	if line == nil {
		line = other
	}
	sum, sign := line(f)
	*sum += sign * t.Within
}

// addAward adds what the awards out of the fund have paid.
func (f *Fund) addAward(t Total) {
	switch t.Kind {
	case leaf.AttemptSubmitted, leaf.AttemptFailed, leaf.FX:
		f.Paid -= t.Within
	case leaf.AttemptReturned:
		f.Returned += t.Within
	}
}
