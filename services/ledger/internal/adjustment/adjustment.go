// Package adjustment holds the bookings that people make: which accounts each
// kind may touch, which way it goes from proposal to booking, and what it becomes
// in the books. It knows neither database nor wire.
package adjustment

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Kind says what an adjustment is for. The numbers are those of the API and part of
// what is committed to.
type Kind int16

const (
	OpeningBalance Kind = iota + 1
	Transfer
	RunningCost
	SuspenseCleared
	CashAdvance
	CashRest
	CashLost
)

// State says where an adjustment stands, as the contract spells it.
type State string

// An approved adjustment that is not booked lacks hands; the empty State is invalid.
const (
	Proposed State = "PROPOSED"
	Approved State = "APPROVED"
	Booked   State = "BOOKED"
	Rejected State = "REJECTED"
	Refused  State = "REFUSED"
)

// Verb is what people do with an adjustment.
type Verb string

// The books alone make it Booked or Refused.
const (
	Approve Verb = "approve"
	Reject  Verb = "reject"
)

// steps are what people do with adjustments; a large one needs further approvals.
var steps = verb.Steps[Verb, State]{
	Approve: {From: []State{Proposed, Approved}, To: Approved},
	Reject:  {From: []State{Proposed, Approved}, To: Rejected},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// May reports, as a fault, that a person may not do this with the adjustment now: not
// who has proposed it.
func (a Adjustment) May(v Verb, person string) error {
	if a.Proposer == person {
		return fault.SamePerson("propose an adjustment and decide about it")
	}
	if to, open := steps.Take(v, a.State); !open {
		return fault.State("adjustment", string(a.State), string(to))
	}
	return nil
}

// Adjustment is a booking by people.
type Adjustment struct {
	// ID is the last part of the name "ledger/adjustments/{id}".
	ID string
	// Kind says what it is for.
	Kind Kind
	// Debit and Credit are paths of accounts; Debit is empty for a running cost and for lost
	// cash.
	Debit, Credit string
	// Amount is greater than zero.
	Amount money.Amount
	// OccurredOn is the UTC day of the fact.
	OccurredOn leaf.Day
	// Evidence is the SHA-256 of what proves it.
	Evidence [32]byte
	// State says where it stands.
	State State
	// Proposer and Decider are pseudonyms of two persons; Decider is empty before.
	Proposer, Decider string
	// ProposedOn and DecidedOn are UTC days; DecidedOn is zero before.
	ProposedOn, DecidedOn leaf.Day
	// Further are those who approved it after the decider, in order.
	Further []string
	// Transaction is the sequence of what it was booked as, where State is Booked.
	Transaction int64
	// Refusal says why the books refused it, where State is Refused, and what they
	// still ask for, where it is Approved.
	Refusal Refusal
	// Number orders adjustments: a later one has a higher one.
	Number int64
}

// Approvers are the persons who have approved it, in order.
func (a Adjustment) Approvers() []string {
	if a.State == Proposed || a.State == Rejected {
		return nil
	}
	persons := []string{a.Decider}
	for _, person := range a.Further {
		if !slices.Contains(persons, person) {
			persons = append(persons, person)
		}
	}
	return persons
}

// Refusal is why the books refused an adjustment that two persons had agreed on.
type Refusal struct {
	// Reason is the stable word of the fault, for example "INSUFFICIENT_FUNDS".
	Reason fault.Reason
	// Sentence says it in words.
	Sentence string
}

// RefusedBy returns the refusal that a fault of the books is: of a posting that is
// wrong in itself what is wrong with its first field, else the fault's sentence.
func RefusedBy(f *fault.Fault) Refusal {
	r := Refusal{Reason: f.Reason, Sentence: f.Message}
	if f.Kind == fault.Invalid && len(f.Violations) > 0 {
		r.Sentence = f.Violations[0].Description
	}
	return r
}

// Final reports whether the books refuse a booking whenever it is tried, with this
// error. Defects are not final, nor is what is out of reach.
func Final(err error) bool {
	f := fault.As(err)
	if f == nil {
		return false
	}
	switch f.Kind {
	case fault.Invalid, fault.NotFound, fault.AlreadyExists, fault.Precondition, fault.PermissionDenied:
		return true
	}
	return false
}

// Name returns the resource name.
func (a Adjustment) Name() string { return resource.Adjustment.Of(a.ID) }

// Check looks at everything that the proposer gave. today is the UTC day.
func (a Adjustment) Check(today leaf.Day) error {
	if a.Evidence == ([32]byte{}) {
		return fault.Field("adjustment.evidenceSha256", fault.FieldWrongLength, "must be the SHA-256 of the evidence")
	}
	if a.OccurredOn == 0 || a.OccurredOn > today {
		return fault.Field("adjustment.occurredOn", fault.FieldInTheFuture, "must be a day that is not in the future")
	}
	if _, err := money.New("adjustment.amount", a.Amount.MinorUnits, a.Amount.Currency); err != nil {
		return err
	}
	return a.checkAccounts()
}

// checkAccounts checks that the kind may move money between these accounts.
func (a Adjustment) checkAccounts() error {
	credit, err := account.Parse(a.Credit)
	if err != nil {
		return fault.Field("adjustment.creditAccount", fault.FieldMalformed, err.Error())
	}
	if a.Kind == RunningCost || a.Kind == CashLost {
		return a.checkDrawn(credit)
	}
	debit, err := account.Parse(a.Debit)
	if err != nil {
		return fault.Field("adjustment.debitAccount", fault.FieldMalformed, err.Error())
	}
	if a.Debit == a.Credit {
		return fault.Field("adjustment.creditAccount", fault.FieldMismatch, "must differ from the account that is debited")
	}
	return a.checkPair(debit, credit)
}

// checkDrawn checks what is carried by sources in an order that the kind says.
func (a Adjustment) checkDrawn(credit account.Path) error {
	switch {
	case a.Debit != "":
		return fault.Field("adjustment.debitAccount", fault.FieldNotAllowed, "must be empty: the kind says what carries it")
	case a.Kind == RunningCost && !bank(credit):
		return fault.Field("adjustment.creditAccount", fault.FieldNotPossible, "must be the bank account that paid the cost")
	case a.Kind == CashLost && !cash(credit):
		return fault.Field("adjustment.creditAccount", fault.FieldNotPossible, "must be the cash of a courier")
	}
	return nil
}

func (a Adjustment) checkPair(debit, credit account.Path) error {
	switch a.Kind {
	case OpeningBalance:
		if !(debit.Class == account.ClassAsset && credit.Class == account.ClassEquity) && !(debit.Class == account.ClassEquity && available(credit)) {
			return fault.Field("adjustment.debitAccount", fault.FieldNotPossible, "must be an asset against equity:opening, or equity:opening into a fund's available money")
		}
	case Transfer:
		if !available(debit) {
			return fault.Field("adjustment.debitAccount", fault.FieldNotPossible, "must be a fund's available money")
		}
		if !available(credit) && credit.Class != account.ClassDeficit {
			return fault.Field("adjustment.creditAccount", fault.FieldNotPossible, "must be a fund's available money or its deficit")
		}
	case CashAdvance:
		if !cash(debit) || !bank(credit) {
			return fault.Field("adjustment.debitAccount", fault.FieldNotPossible, "must be the cash of a courier, against a bank account")
		}
	case CashRest:
		if !bank(debit) || !cash(credit) {
			return fault.Field("adjustment.debitAccount", fault.FieldNotPossible, "must be a bank account, against the cash of a courier")
		}
	case SuspenseCleared:
		if (debit.Class == account.ClassSuspense) == (credit.Class == account.ClassSuspense) {
			return fault.Field("adjustment.debitAccount", fault.FieldNotPossible, "must clear exactly one suspense account")
		}
		const sorts = "must be a suspense account, an asset, a fund, its deficit, or a payout on its way"
		switch {
		case !explains(debit):
			return fault.Field("adjustment.debitAccount", fault.FieldMalformed, sorts)
		case !explains(credit):
			return fault.Field("adjustment.creditAccount", fault.FieldMalformed, sorts)
		}
	default:
		return fault.Field("adjustment.kind", fault.FieldUnknownValue, "must be a kind of adjustment")
	}
	return nil
}

func bank(p account.Path) bool {
	return p.Class == account.ClassAsset && p.Parts[0] == "bank"
}

func cash(p account.Path) bool {
	return p.Class == account.ClassAsset && p.Parts[0] == "cash"
}

func available(p account.Path) bool {
	return p.Class == account.ClassFund && p.Parts[1] == "available"
}

// explains reports whether a suspense line may turn out to belong there.
func explains(p account.Path) bool {
	switch p.Class {
	case account.ClassSuspense, account.ClassAsset, account.ClassFund, account.ClassDeficit:
		return true
	}
	return p.Class == account.ClassTransit && p.Parts[0] == "stripe-payout"
}

// Commitment is the SHA-256 of everything that was proposed: what both persons
// have decided about.
func (a Adjustment) Commitment() [32]byte {
	var b []byte
	for _, text := range []string{"solidarity-adjustment-v1", a.ID, a.Debit, a.Credit, a.Amount.Currency, a.Proposer} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(text))), text...)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(a.Amount.MinorUnits))
	b = binary.BigEndian.AppendUint32(b, uint32(a.OccurredOn))
	b = binary.BigEndian.AppendUint32(b, uint32(a.Kind))
	return sha256.Sum256(append(b, a.Evidence[:]...))
}

// Proposal is the decision to propose it, as a leaf without its place in the log.
func (a Adjustment) Proposal() leaf.Decision {
	return leaf.Decision{
		Reference: reference.AdjustmentProposed(a.ID), Kind: leaf.DecisionAdjustmentProposed,
		Resource: a.Name(), Person: a.Proposer, Day: a.ProposedOn, Commitment: a.Commitment(),
	}
}

// Approval is a person's decision to approve it on a day, likewise.
func (a Adjustment) Approval(person string, on leaf.Day) leaf.Decision {
	id, _ := resource.Staff.Cut(person)
	return leaf.Decision{
		Reference: reference.AdjustmentApproved(a.ID, id, on.String()), Kind: leaf.DecisionAdjustmentApproved,
		Resource: a.Name(), Person: person, Day: on, Commitment: a.Commitment(),
	}
}
