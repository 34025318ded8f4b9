package rule

import (
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Short words for the table.
var (
	access        = []Service{Access}
	donations     = []Service{Donations}
	families      = []Service{Families}
	disbursements = []Service{Disbursements}
	posters       = []Service{Donations, Disbursements}
	people        = []Service{Ledger}
	anyDesk       = []Service{Donations, Disbursements, Families}

	round = []account.Class{account.ClassRound}
	award = []account.Class{account.ClassAward}
)

// transactions has a row for each kind. A kind on the line MOVES moves money within
// the funds, or between assets, and changes nothing: an amount there is something to
// look into. A reversal counts under the kind of what it reverses, with the other
// sign.
var transactions = [...]Transaction{
	leaf.Donation:            {By: donations, Line: LineGifts, Fund: FundReceived},
	leaf.ProcessingFee:       {By: donations, Advances: true, Deficit: Deepens, Line: LineProcessingFees, Fund: FundFees},
	leaf.Clearing:            {By: donations, Line: LineMoves, Fund: FundCleared},
	leaf.BankGift:            {By: donations, Line: LineBankGifts, Fund: FundReceived},
	leaf.StripePayout:        {By: donations, Line: LineMoves},
	leaf.StripePayoutArrived: {By: donations, Line: LineMoves},
	leaf.RefundStarted:       {By: donations, Line: LineRefunds, Fund: FundTakenBack},
	leaf.RefundConfirmed:     {By: donations, Line: LineRefunds, Fund: FundTakenBack},
	leaf.Dispute:             {By: donations, Deficit: Deepens, Line: LineDisputes, Fund: FundTakenBack},
	leaf.DisputeWon:          {By: donations, Line: LineDisputes, Fund: FundTakenBack},
	leaf.StripeTaking:        {By: donations, Deficit: Deepens, Line: LineProcessorTakings, Fund: FundTakenBack},
	leaf.RoundHold:           {By: disbursements, Credits: round, SetAside: true, Basis: ByRound, Deficit: Waits, Line: LineMoves, Fund: FundAwarded},
	leaf.RoundAward:          {By: disbursements, Debits: round, Credits: award, SetAside: true, Basis: ByRound, Line: LineMoves, Fund: FundReleased},
	leaf.RoundRelease:        {By: disbursements, Debits: round, SetAside: true, Line: LineMoves, Fund: FundReleased},
	leaf.EmergencyGrant:      {By: disbursements, Credits: award, SetAside: true, Counted: true, Line: LineMoves, Fund: FundAwarded},
	leaf.AwardCancelled:      {By: disbursements, Debits: award, SetAside: true, Line: LineMoves, Fund: FundReleased},
	leaf.AttemptSubmitted:    {By: disbursements, Debits: award, Basis: ByPlan, Line: LineMoves, Award: AwardPaid},
	leaf.AttemptSettled:      {By: disbursements, Line: LineAidPaid},
	leaf.AttemptFailed:       {By: disbursements, Credits: award, Line: LineMoves, Award: AwardPaid},
	leaf.AttemptReturned: {
		By: disbursements, Credits: award, Deficit: Deepens, Line: LineAidPaid, Award: AwardReturned,
		Except: []Exception{{account.ClassFund, LineBankCharges}, {account.ClassDeficit, LineBankCharges}},
	},
	leaf.CashAdvance: {By: people, Basis: ByAdjustment, Hands: ByTwo, Line: LineMoves},
	leaf.CashRest:    {By: people, Basis: ByAdjustment, Line: LineMoves},
	leaf.CashLost:    {By: people, Basis: ByAdjustment, Hands: ByRow, Counted: true, Deficit: Deepens, Line: LineCashLost},
	leaf.BankCharge:  {By: disbursements, Deficit: Deepens, Line: LineBankCharges, Fund: FundFees},
	leaf.RunningCost: {By: people, Basis: ByAdjustment, Hands: ByRow, Counted: true, Deficit: Deepens, Line: LineRunningCosts},
	leaf.Interest:    {By: disbursements, Line: LineInterest},
	leaf.FX: {
		By: disbursements, Debits: award, Basis: ByPlanOfAwards, Line: LineExchanged, Award: AwardPaid,
		Except: []Exception{{account.ClassFX, LineExchangeDifferences}},
	},
	leaf.Transfer:        {By: people, Basis: ByAdjustment, Line: LineMoves},
	leaf.OpeningBalance:  {By: people, Basis: ByAdjustment, Line: LineOpeningBalances},
	leaf.Suspense:        {By: posters, Line: LineSuspenseExplained},
	leaf.SuspenseCleared: {By: people, Basis: ByAdjustment, Line: LineSuspenseExplained},
	leaf.Reversal:        {By: donations, Line: LineMoves, Fund: FundReversed},
	leaf.FundRelease:     {By: donations, Line: LineFundsReleased},
	leaf.DeficitCovered:  {By: donations, Covers: true, Line: LineMoves},
}
