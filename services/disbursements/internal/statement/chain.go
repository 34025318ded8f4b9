package statement

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Tail is where the last statement of a sender's account ended.
type Tail struct {
	// Closing is its closing balance in minor units.
	Closing int64
	// Sequence is its number, 0 where the bank does not count.
	Sequence int64
	// ClosedOn is the day of its closing balance; empty where the bank does not say.
	ClosedOn string
}

// Follows checks that a statement continues where the last one ended: it opens
// with that closing balance and, where the bank counts, has the next number; a
// new year may begin at 1 again. The fault STATEMENT_GAP names the line of the
// file: a statement is missing, or this one is not the bank's.
func (s Statement) Follows(last Tail) error {
	if s.Opening != last.Closing {
		return gap(s.At, "must open with the closing balance of the account's last statement")
	}
	newYear := s.Sequence == 1 && year(s.ClosedOn) > year(last.ClosedOn)
	if s.Sequence != 0 && last.Sequence != 0 && s.Sequence != last.Sequence+1 && !newYear {
		return gap(s.At, "must have the number after that of the account's last statement")
	}
	return nil
}

// year is the year of a day such as "2026-11-24".
func year(day string) string {
	if len(day) < len("2026") {
		return ""
	}
	return day[:len("2026")]
}

func gap(line int, description string) error {
	f := fault.New(fault.Precondition, fault.ReasonStatementGap, "The statement does not follow the account's last one; nothing was taken from it.")
	f.Violations = []fault.Violation{{Field: fmt.Sprintf("line %d", line), Reason: fault.FieldMalformed, Description: description}}
	return f
}
