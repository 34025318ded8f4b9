package statement

import (
	"cmp"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
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
		if strings.HasPrefix(t.Pool, awards()) {
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
	switch rule.Of(t.Kind).Fund {
	case rule.FundReceived:
		f.Received += t.Within
	case rule.FundFees:
		f.Fees -= t.Within
	case rule.FundTakenBack:
		f.TakenBack -= t.Within
	case rule.FundAwarded:
		f.Awarded -= t.Within
	case rule.FundReleased:
		f.Released += t.Within
	case rule.FundCleared:
		f.Other += t.Within
		if strings.HasSuffix(t.Pool, ":available") {
			f.Cleared += t.Within
		}
	default:
		f.Other += t.Within
	}
}

// addAward adds what the awards out of the fund have paid.
func (f *Fund) addAward(t Total) {
	switch rule.Of(t.Kind).Award {
	case rule.AwardPaid:
		f.Paid -= t.Within
	case rule.AwardReturned:
		f.Returned += t.Within
	}
}
