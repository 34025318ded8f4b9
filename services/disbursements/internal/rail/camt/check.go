package camt

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Check weighs a statement: every entry is in the account's currency, each
// batch agrees with the transfers listed for it, and the opening balance with
// all booked entries makes the closing one. The fault STATEMENT_UNBALANCED names
// the line. A notification has no balances to weigh.
func (s Statement) Check() error {
	sum := int64(0)
	for _, e := range s.Entries {
		if e.Amount.Currency != s.Currency {
			return unbalanced(e.Line, "the entry is not in the account's currency")
		}
		if err := e.checkBatches(); err != nil {
			return err
		}
		if e.Status != "BOOK" {
			continue
		}
		var err error
		if sum, err = money.Add(sum, e.signed()); err != nil {
			return unbalanced(e.Line, "the entries add up to too much")
		}
	}
	switch {
	case s.Notification:
		return nil
	case s.Opening == nil:
		return unbalanced(s.Line, "the statement has no opening balance in the account's currency")
	case s.Closing == nil:
		return unbalanced(s.Line, "the statement has no closing balance in the account's currency")
	}
	if closing, err := money.Add(s.Opening.Minor, sum); err != nil || closing != s.Closing.Minor {
		return unbalanced(s.Line, "the opening balance and the booked entries do not make the closing balance")
	}
	return nil
}

// checkBatches compares each summary with the transfers listed for it, if all
// that it takes is said.
func (e Entry) checkBatches() error {
	for _, b := range e.Batches {
		details := e.Details[b.first : b.first+b.details]
		if len(details) == 0 || b.summarised(details) {
			continue
		}
		if b.Count >= 0 && b.Count != len(details) {
			return unbalanced(b.Line, "the batch counts other transfers than are listed")
		}
		if sum, ok := b.sum(details); ok && sum != b.Total.MinorUnits {
			return unbalanced(b.Line, "the batch has another total than the transfers listed")
		}
	}
	return nil
}

// summarised reports whether details say something about a batch instead of listing
// its transfers: they are fewer, and none of them names one.
func (b Batch) summarised(details []Detail) bool {
	for _, d := range details {
		if d.EndToEndID != "" || d.InstructionID != "" || d.TxRef != "" {
			return false
		}
	}
	return len(details) < b.Count
}

// sum adds up details that are all in the batch's currency.
func (b Batch) sum(details []Detail) (int64, bool) {
	if b.Total == nil {
		return 0, false
	}
	sum := int64(0)
	for _, d := range details {
		if d.Amount == nil || d.Amount.Currency != b.Total.Currency {
			return 0, false
		}
		var err error
		if sum, err = money.Add(sum, d.Amount.MinorUnits); err != nil {
			return 0, true
		}
	}
	return sum, true
}

func unbalanced(line int, what string) error {
	f := fault.New(fault.Invalid, fault.ReasonStatementUnbalanced, "The statement does not add up; nothing was taken from it.")
	f.Violations = []fault.Violation{{Field: fmt.Sprintf("line %d", line), Reason: fault.FieldMalformed, Description: what}}
	return f
}
