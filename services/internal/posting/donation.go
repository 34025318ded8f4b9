package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Gift is a gift by card that succeeded.
type Gift struct {
	// Key is that of its balance transaction.
	Key string
	// Donation is its id, On the day on which Stripe received it.
	Donation, On string
	// Gross is the settled amount before fees.
	Gross money.Amount
	// Credits say where it goes; they add up to Gross.
	Credits []Part
}

// Donation books a gift, gross.
func Donation(g Gift) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, reference.Donation(g.Key), resource.Donation.Of(g.Donation), g.On)
	debit(d, account.Stripe(), g.Gross.MinorUnits, g.Gross.Currency)
	creditParts(d, g.Credits, g.Gross.Currency)
	return d
}

// Fee is what the processor kept of a gift.
type Fee struct {
	// Key is that of the gift's balance transaction.
	Key string
	// Donation is the gift's id, On its day.
	Donation, On string
	// Amount is the fee.
	Amount money.Amount
	// Draws say who carries it; they add up to Amount.
	Draws []Draw
}

// ProcessingFee books what the processor kept.
func ProcessingFee(f Fee) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE, reference.Fee(f.Key), resource.Donation.Of(f.Donation), f.On)
	credit(d, account.Stripe(), f.Amount.MinorUnits, f.Amount.Currency)
	for _, w := range f.Draws {
		draw(d, w.Accounts, w.Minor, f.Amount.Currency)
	}
	return d
}

// Cleared is one sum of a fund that became spendable.
type Cleared struct {
	// Run is the id of the clearing run, Fund the fund's, On the day.
	Run, Fund, On string
	// Amount is the sum of the gifts.
	Amount money.Amount
}

// Clearing books that gifts became spendable.
func Clearing(c Cleared) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_CLEARING, reference.Clearing(c.Run), resource.ClearingRun.Of(c.Run), c.On,
		account.FundClearing(c.Fund), account.FundAvailable(c.Fund), c.Amount.MinorUnits, c.Amount.Currency)
}

// GiftByBank is a gift by bank transfer.
type GiftByBank struct {
	// Line is the id of the statement line, BankGift that of the gift, Bank that of
	// the bank account, On the line's day.
	Line, BankGift, Bank, On string
	// Amount is what arrived.
	Amount money.Amount
	// Credits say where it goes; they add up to Amount.
	Credits []Part
}

// BankGift books a gift by bank transfer.
func BankGift(g GiftByBank) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_BANK_GIFT, reference.BankGift(g.Line), resource.BankGift.Of(g.BankGift), g.On)
	debit(d, account.Bank(g.Bank), g.Amount.MinorUnits, g.Amount.Currency)
	creditParts(d, g.Credits, g.Amount.Currency)
	return d
}

// Unneeded is money without an eligible need, which leaves its fund by the clause
// that its donors saw.
type Unneeded struct {
	// ID is the release's, From and To are those of the funds, On is the day.
	ID, From, To, On string
	// Amount is what leaves.
	Amount money.Amount
}

// FundRelease books that money leaves its fund for another one.
func FundRelease(u Unneeded) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_FUND_RELEASE, reference.FundRelease(u.ID), resource.Fund.Of(u.From), u.On,
		account.FundAvailable(u.From), account.FundAvailable(u.To), u.Amount.MinorUnits, u.Amount.Currency)
}

func creditParts(d *ledgerv1.TransactionDraft, parts []Part, currency string) {
	for _, p := range parts {
		credit(d, p.Account, p.Minor, currency)
	}
}

// Covered is what operations received and gives for fees that were advanced.
type Covered struct {
	// ID is that of the covering.
	ID string
	// Fund is whose deficit is covered, On the day.
	Fund, On string
	// Amount is at most the deficit.
	Amount money.Amount
}

// DeficitCovered books that operations covers the deficit of a fund.
func DeficitCovered(c Covered) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_DEFICIT_COVERED, reference.DeficitCovered(c.ID), resource.Fund.Of(c.Fund), c.On,
		account.FundAvailable(account.OperationsFund), account.Deficit(c.Fund), c.Amount.MinorUnits, c.Amount.Currency)
}
