package server

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// fundProto writes a fund's statement as the API has it.
func fundProto(f statement.Fund) *ledgerv1.FundStatementFigures {
	return &ledgerv1.FundStatementFigures{
		CurrencyCode: f.Currency, Opening: f.Opening, Closing: f.Closing,
		Received: f.Received, Fees: f.Fees, TakenBack: f.TakenBack, Cleared: f.Cleared,
		Awarded: f.Awarded, Released: f.Released, Paid: f.Paid, Returned: f.Returned, Other: f.Other,
	}
}

// incomeProto writes an income statement as the API has it.
func incomeProto(s statement.Income) *ledgerv1.IncomeStatementFigures {
	f := &ledgerv1.IncomeStatementFigures{
		CurrencyCode: s.Currency, Opening: s.Opening, Closing: s.Closing,
		Income:       s.Sections[rule.SectionIncome],
		Programme:    s.Sections[rule.SectionProgramme],
		Management:   s.Sections[rule.SectionManagement],
		Fundraising:  s.Sections[rule.SectionFundraising],
		Losses:       s.Sections[rule.SectionLosses],
		Expense:      s.Expense(),
		OtherChanges: s.Sections[rule.SectionOther],
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
