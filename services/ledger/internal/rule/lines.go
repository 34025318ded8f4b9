package rule

// Section is a part of the income statement; the numbers are those of the API.
type Section uint8

// Income and other changes add to the funds, the other sections take from them.
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

// The lines in the order of the statement.
const (
	LineGifts Line = iota + 1
	LineBankGifts
	LineRefunds
	LineInterest
	LineAidPaid
	LineFundsReleased
	LineRunningCosts
	LineBankCharges
	LineProcessingFees
	LineDisputes
	LineProcessorTakings
	LineCashLost
	LineExchangeDifferences
	LineExchanged
	LineOpeningBalances
	LineSuspenseExplained
	LineMoves
)

// lines gives each line its name in the API and its section.
var lines = [...]struct {
	name    string
	section Section
}{
	LineGifts:               {"GIFTS", SectionIncome},
	LineBankGifts:           {"BANK_GIFTS", SectionIncome},
	LineRefunds:             {"REFUNDS", SectionIncome},
	LineInterest:            {"INTEREST", SectionIncome},
	LineAidPaid:             {"AID_PAID", SectionProgramme},
	LineFundsReleased:       {"FUNDS_RELEASED", SectionProgramme},
	LineRunningCosts:        {"RUNNING_COSTS", SectionManagement},
	LineBankCharges:         {"BANK_CHARGES", SectionManagement},
	LineProcessingFees:      {"PROCESSING_FEES", SectionFundraising},
	LineDisputes:            {"DISPUTES", SectionLosses},
	LineProcessorTakings:    {"PROCESSOR_TAKINGS", SectionLosses},
	LineCashLost:            {"CASH_LOST", SectionLosses},
	LineExchangeDifferences: {"EXCHANGE_DIFFERENCES", SectionLosses},
	LineExchanged:           {"EXCHANGED", SectionOther},
	LineOpeningBalances:     {"OPENING_BALANCES", SectionOther},
	LineSuspenseExplained:   {"SUSPENSE_EXPLAINED", SectionOther},
	LineMoves:               {"MOVES", SectionOther},
}

// String returns the name as the API spells it.
func (l Line) String() string { return lines[l].name }

// Section returns the part of the statement that the line stands in.
func (l Line) Section() Section { return lines[l].section }

// FundLine is a line of a fund's statement.
type FundLine uint8

// The lines. What was cleared moved within the fund and counts as other; a reversal
// counts where what it reverses does.
const (
	FundOther FundLine = iota
	FundReceived
	FundFees
	FundTakenBack
	FundAwarded
	FundReleased
	FundCleared
	FundReversed
)

var fundNames = []string{"other", "received", "fees", "taken back", "awarded", "released", "other; cleared within the fund", "that of what it reverses"}

// String returns the words for the line.
func (l FundLine) String() string { return fundNames[l] }

// AwardLine is what a fund's statement says of the awards out of it.
type AwardLine uint8

// The lines: what was handed to a rail and has not failed, and what came back.
const (
	AwardNothing AwardLine = iota
	AwardPaid
	AwardReturned
)

var awardNames = []string{"", "paid on awards", "returned on awards"}

// String returns the words for the line, none for AwardNothing.
func (l AwardLine) String() string { return awardNames[l] }
