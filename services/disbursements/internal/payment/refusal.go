package payment

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/second"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Refusal is what people say of the bank's refusal of an attempt; the zero Refusal is of
// one that nobody has recorded.
type Refusal struct {
	// Number is that of the attempt, Version counts how often its refusal was recorded.
	Number, Version int
	// Reason is why, in the words of the contract.
	Reason string
	// Digest is what the service's secret makes of attempt, letter and reason.
	Digest []byte
	// RecordedBy recorded it on RecordedOn; ConfirmedBy is empty before it is confirmed.
	RecordedBy  string
	RecordedOn  time.Time
	ConfirmedBy string
	// Fetchers are those who fetched the attempt's file.
	Fetchers []string
}

// mayConfirm reports, as a fault, that a person may not confirm the refusal now.
func (r Refusal) mayConfirm(person string, now time.Time) error {
	switch {
	case r.Version == 0 || r.ConfirmedBy != "":
		return fault.New(fault.Precondition, fault.ReasonNoRefusal, "Nobody has recorded that the bank refused the payment.")
	case r.RecordedBy == person:
		return RefusedAlone()
	case (second.Hands{First: r.RecordedBy, Fetchers: r.Fetchers, Since: r.RecordedOn}).Bars(person, now):
		return fault.SamePerson("confirm the refusal of a payment whose file they fetched")
	}
	return nil
}

// RefusedAlone is the fault for a refusal that one person would record and confirm.
func RefusedAlone() *fault.Fault { return fault.SamePerson("confirm a refusal that they recorded") }

// OtherLetter is the fault for a letter that is not the recorded one.
func OtherLetter() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonOtherLetter, "The letter is not the one that was recorded.")
}

// PaidAfterFailed is the fault for what the bank has paid by an attempt that had failed.
func PaidAfterFailed() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonPaidAfterFailed, "The bank has paid by an attempt that had failed.")
}
