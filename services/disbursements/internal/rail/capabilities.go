package rail

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/wallet"
)

// Capabilities are what a rail declares.
type Capabilities struct {
	// ID names it: "sepa" for rails/sepa.
	ID string
	// Forms are what it pays to, the one that it likes best first.
	Forms []payment.Accepted
	// Currencies are what it carries, ISO 4217.
	Currencies []string
	// Senders may send over it.
	Senders []Sender
	// Files is true where payments leave in files, each of at most the sender's
	// exposure cap; otherwise each leaves alone.
	Files bool
	// Local is true where Submit and Cancel note what they did themselves, in the
	// transaction of its effect, so that their outcome is never unknown.
	Local bool
	// LooksUp is true where Poll finds what Submit handed over; otherwise it knows
	// nothing of any attempt.
	LooksUp bool
	// Cancels is true where Cancel takes back what has not left; otherwise it refuses.
	Cancels bool
	// Proves is true where Poll can prove that an attempt failed.
	Proves bool
	// Days is how many days its payments take at most to stand in a statement; 0 for
	// those of most rails.
	Days int
	// Reconciles is true where Reconcile reads files from outside; otherwise it refuses.
	Reconciles bool
	// Records is true where people say what became of its payments, two for each.
	Records bool
}

// FormsOf are the forms that leave from one of the rail's senders, the one that it likes
// best first.
func (c Capabilities) FormsOf(sender string) []payment.Accepted {
	if s, known := c.Sender(sender); known && len(s.Forms) > 0 {
		return s.Forms
	}
	return c.Forms
}

// usualDays covers a week end and a holiday beside a bank's own days.
const usualDays = 7

// Patience is after how many days a payment that left is overdue.
func (c Capabilities) Patience() int {
	if c.Days == 0 {
		return usualDays
	}
	return c.Days
}

// FileSize is how many payments of a sender go into one file; 0 where there are no
// files.
func (c Capabilities) FileSize(s Sender) int {
	if !c.Files {
		return 0
	}
	return max(s.ExposureCap, 1)
}

// Sender finds one of the rail's senders.
func (c Capabilities) Sender(id string) (Sender, bool) {
	i := slices.IndexFunc(c.Senders, func(s Sender) bool { return s.ID == id })
	if i < 0 {
		return Sender{}, false
	}
	return c.Senders[i], true
}

// Alike reports whether it is all the same which of the rail's senders pays.
func (c Capabilities) Alike() bool {
	return len(c.Senders) > 0 && !slices.ContainsFunc(c.Senders, func(s Sender) bool {
		return len(s.Forms) > 0 || s.Cash || s.Currency != c.Senders[0].Currency
	})
}

// Check refuses an instruction that the rail does not declare to carry out.
func (c Capabilities) Check(in payment.Instruction) error {
	sender, known := c.Sender(in.Sender)
	switch {
	case !known:
		return refuse("The rail does not have this sender.")
	case !slices.Contains(c.Currencies, in.Attempt.Currency) || in.Attempt.Currency != sender.Currency:
		return refuse("The rail does not carry this currency.")
	case !in.Destination.IsOneOf(c.FormsOf(in.Sender)):
		return refuse("The rail does not take this form of destination.")
	}
	return nil
}

// Cannot is the fault for what a rail declares that it cannot do.
func Cannot() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonRailCannot, "The rail cannot do that.")
}

// Refusal is the fault for an instruction that a rail will never carry out.
func Refusal(cause error) *fault.Fault {
	return refuse("The rail cannot pay to this destination.").With(cause)
}

func refuse(sentence string) *fault.Fault {
	return fault.New(fault.Invalid, fault.ReasonDestinationRefused, sentence)
}

// Conflict is the fault for another instruction under an end-to-end id that was used.
func Conflict() *fault.Fault {
	return fault.New(fault.AlreadyExists, fault.ReasonReferenceConflict, "Another instruction has this end-to-end id.")
}

// Sender is an account that payments leave from.
type Sender struct {
	// ID names it: "main" for rails/sepa/senders/main.
	ID string
	// Name, IBAN and BIC are the account's; BIC may be empty.
	Name, IBAN, BIC string
	// Currency is the account's, ISO 4217.
	Currency string
	// ExposureCap is how many families one file may hold.
	ExposureCap int
	// Format is the version of the files that its bank takes; empty for the rail's own.
	Format string
	// Forms are those of the rail's that leave from it; nil for all.
	Forms []payment.Accepted
	// Cash is true for a courier, who carries what they were advanced.
	Cash bool
	// Network is that of the wallets which it pays to; empty for none.
	Network wallet.Network
}

// Account is the sender's account in the ledger.
func (s Sender) Account() string {
	if s.Cash {
		return account.Cash(s.ID)
	}
	return account.Bank(s.ID)
}
