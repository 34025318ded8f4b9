package statement

import (
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Section is a part of the income statement; the numbers are those of the API.
type Section uint8

// The sections. Income and other changes add to the funds, the others take from
// them.
const (
	SectionIncome Section = iota + 1
	SectionProgramme
	SectionManagement
	SectionFundraising
	SectionLosses
	SectionOther
)

var sectionNames = []string{"", "INCOME", "PROGRAMME", "MANAGEMENT", "FUNDRAISING", "LOSSES", "OTHER_CHANGES"}

// String returns the name as the API spells it.
func (s Section) String() string { return sectionNames[s] }

// Expense reports whether amounts of the section are what the funds lost.
func (s Section) Expense() bool { return s != SectionIncome && s != SectionOther }

// Line is a line of the income statement; the numbers are those of the API.
type Line uint8

// The lines.
const (
	Gifts Line = iota + 1
	BankGifts
	Refunds
	Interest
	AidPaid
	FundsReleased
	RunningCosts
	BankCharges
	ProcessingFees
	Disputes
	ProcessorTakings
	CashLost
	ExchangeDifferences
	Exchanged
	OpeningBalances
	SuspenseExplained
	Moves
)

// lines gives each line its name in the API and its section.
var lines = []struct {
	name    string
	section Section
}{
	Gifts:               {"GIFTS", SectionIncome},
	BankGifts:           {"BANK_GIFTS", SectionIncome},
	Refunds:             {"REFUNDS", SectionIncome},
	Interest:            {"INTEREST", SectionIncome},
	AidPaid:             {"AID_PAID", SectionProgramme},
	FundsReleased:       {"FUNDS_RELEASED", SectionProgramme},
	RunningCosts:        {"RUNNING_COSTS", SectionManagement},
	BankCharges:         {"BANK_CHARGES", SectionManagement},
	ProcessingFees:      {"PROCESSING_FEES", SectionFundraising},
	Disputes:            {"DISPUTES", SectionLosses},
	ProcessorTakings:    {"PROCESSOR_TAKINGS", SectionLosses},
	CashLost:            {"CASH_LOST", SectionLosses},
	ExchangeDifferences: {"EXCHANGE_DIFFERENCES", SectionLosses},
	Exchanged:           {"EXCHANGED", SectionOther},
	OpeningBalances:     {"OPENING_BALANCES", SectionOther},
	SuspenseExplained:   {"SUSPENSE_EXPLAINED", SectionOther},
	Moves:               {"MOVES", SectionOther},
}

// String returns the name as the API spells it.
func (l Line) String() string { return lines[l].name }

// Section returns the part of the statement that the line stands in.
func (l Line) Section() Section { return lines[l].section }

// rule says on which line a kind's effect on the funds counts, and the classes of
// accounts on which it counts elsewhere.
type rule struct {
	kind leaf.Kind
	line Line
	on   []exception
}

type exception struct {
	class account.Class
	line  Line
}

// table is the one place that says what a kind of transaction means for the
// income statement; docs/statements.md shows it. A kind on the line MOVES moves
// money within the funds, or between assets, and changes nothing: an amount there
// is something to look into. A REVERSAL counts under the kind of what it reverses,
// with the other sign.
var table = []rule{
	{leaf.Donation, Gifts, nil},
	{leaf.ProcessingFee, ProcessingFees, nil},
	{leaf.Clearing, Moves, nil},
	{leaf.BankGift, BankGifts, nil},
	{leaf.StripePayout, Moves, nil},
	{leaf.StripePayoutArrived, Moves, nil},
	{leaf.RefundStarted, Refunds, nil},
	{leaf.RefundConfirmed, Refunds, nil},
	{leaf.Dispute, Disputes, nil},
	{leaf.DisputeWon, Disputes, nil},
	{leaf.StripeTaking, ProcessorTakings, nil},
	{leaf.RoundHold, Moves, nil},
	{leaf.RoundAward, Moves, nil},
	{leaf.RoundRelease, Moves, nil},
	{leaf.EmergencyGrant, Moves, nil},
	{leaf.AwardCancelled, Moves, nil},
	{leaf.AttemptSubmitted, Moves, nil},
	{leaf.AttemptSettled, AidPaid, nil},
	{leaf.AttemptFailed, Moves, nil},
	{leaf.AttemptReturned, AidPaid, []exception{{account.ClassFund, BankCharges}, {account.ClassDeficit, BankCharges}}},
	{leaf.CashAdvance, Moves, nil},
	{leaf.CashRest, Moves, nil},
	{leaf.CashLost, CashLost, nil},
	{leaf.BankCharge, BankCharges, nil},
	{leaf.RunningCost, RunningCosts, nil},
	{leaf.Interest, Interest, nil},
	{leaf.FX, Exchanged, []exception{{account.ClassFX, ExchangeDifferences}}},
	{leaf.Transfer, Moves, nil},
	{leaf.OpeningBalance, OpeningBalances, nil},
	{leaf.Suspense, SuspenseExplained, nil},
	{leaf.SuspenseCleared, SuspenseExplained, nil},
	{leaf.Reversal, Moves, nil},
	{leaf.FundRelease, FundsReleased, nil},
}

// LineOf returns the line on which a kind counts for a pool.
func LineOf(kind leaf.Kind, pool string) Line {
	for _, r := range table {
		if r.kind != kind {
			continue
		}
		for _, e := range r.on {
			if string(e.class) == class(pool) {
				return e.line
			}
		}
		return r.line
	}
	return Moves
}
