package server

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Lines of a fund's statement, by the kind of transaction; what is not here is
// "other". A reversal counts under the kind of what it reverses.
var statementLines = map[leaf.Kind]func(*ledgerv1.FundStatementFigures) (line *int64, sign int64){
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

func received(f *ledgerv1.FundStatementFigures) (*int64, int64)  { return &f.Received, 1 }
func fees(f *ledgerv1.FundStatementFigures) (*int64, int64)      { return &f.Fees, -1 }
func takenBack(f *ledgerv1.FundStatementFigures) (*int64, int64) { return &f.TakenBack, -1 }
func awarded(f *ledgerv1.FundStatementFigures) (*int64, int64)   { return &f.Awarded, -1 }
func released(f *ledgerv1.FundStatementFigures) (*int64, int64)  { return &f.Released, 1 }
func other(f *ledgerv1.FundStatementFigures) (*int64, int64)     { return &f.Other, 1 }

// figures turns sums per kind, ordered by currency, into a statement.
func figures(totals []store.FundTotal) []*ledgerv1.FundStatementFigures {
	var out []*ledgerv1.FundStatementFigures
	for _, t := range totals {
		if len(out) == 0 || out[len(out)-1].GetCurrencyCode() != t.Currency {
			out = append(out, &ledgerv1.FundStatementFigures{CurrencyCode: t.Currency})
		}
		f := out[len(out)-1]
		if t.Account == "award" {
			addAward(f, t)
			continue
		}
		f.Opening += t.Before
		f.Closing += t.Before + t.Within
		if t.Kind == leaf.Clearing {
			if t.Account == "available" {
				f.Cleared += t.Within
			}
			continue // a move within the fund
		}
		line := statementLines[t.Kind]
		if line == nil {
			line = other
		}
		sum, sign := line(f)
		*sum += sign * t.Within
	}
	return out
}

// addAward adds what the awards out of a fund have paid.
func addAward(f *ledgerv1.FundStatementFigures, t store.FundTotal) {
	switch t.Kind {
	case leaf.AttemptSubmitted, leaf.AttemptFailed:
		f.Paid -= t.Within
	case leaf.AttemptReturned:
		f.Returned += t.Within
	}
}
