package server

import (
	"cmp"
	"slices"
	"strings"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/statement"
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

// figures turns the sums of a fund's pools into a statement, by currency.
func figures(totals []statement.Total) []*ledgerv1.FundStatementFigures {
	by := map[string]*ledgerv1.FundStatementFigures{}
	for _, t := range totals {
		f := by[t.Currency]
		if f == nil {
			f = &ledgerv1.FundStatementFigures{CurrencyCode: t.Currency}
			by[t.Currency] = f
		}
		if strings.HasPrefix(t.Pool, statement.Awards) {
			addAward(f, t)
		} else {
			addFund(f, t)
		}
	}
	out := make([]*ledgerv1.FundStatementFigures, 0, len(by))
	for _, f := range by {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *ledgerv1.FundStatementFigures) int {
		return cmp.Compare(a.GetCurrencyCode(), b.GetCurrencyCode())
	})
	return out
}

// addFund adds what was booked on the fund's own accounts. Of a clearing both
// sides count: where it stays within the fund they make no difference.
func addFund(f *ledgerv1.FundStatementFigures, t statement.Total) {
	f.Opening += t.Before
	f.Closing += t.Before + t.Within
	if t.Kind == leaf.Clearing && strings.HasSuffix(t.Pool, ":available") {
		f.Cleared += t.Within
	}
	line := statementLines[t.Kind]
	if line == nil {
		line = other
	}
	sum, sign := line(f)
	*sum += sign * t.Within
}

// addAward adds what the awards out of a fund have paid.
func addAward(f *ledgerv1.FundStatementFigures, t statement.Total) {
	switch t.Kind {
	case leaf.AttemptSubmitted, leaf.AttemptFailed, leaf.FX:
		f.Paid -= t.Within
	case leaf.AttemptReturned:
		f.Returned += t.Within
	}
}

// incomeProto writes an income statement as the API has it.
func incomeProto(s statement.Income) *ledgerv1.IncomeStatementFigures {
	f := &ledgerv1.IncomeStatementFigures{
		CurrencyCode: s.Currency, Opening: s.Opening, Closing: s.Closing,
		Income:       s.Sections[statement.SectionIncome],
		Programme:    s.Sections[statement.SectionProgramme],
		Management:   s.Sections[statement.SectionManagement],
		Fundraising:  s.Sections[statement.SectionFundraising],
		Losses:       s.Sections[statement.SectionLosses],
		Expense:      s.Expense(),
		OtherChanges: s.Sections[statement.SectionOther],
	}
	for _, l := range s.Lines {
		f.Lines = append(f.Lines, &ledgerv1.IncomeStatementLine{
			Name:    ledgerv1.IncomeStatementLineName(l.Line),
			Section: ledgerv1.IncomeStatementSection(l.Line.Section()), MinorUnits: l.Minor,
		})
	}
	for _, p := range s.Positions {
		f.Positions = append(f.Positions, &ledgerv1.IncomeStatementPosition{Name: p.Name, Funds: p.Ours, Balance: p.Minor})
	}
	return f
}
