// Package movement takes the single movements out of what a bank's file says, so that
// they can be held against payments.
package movement

import (
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
)

// Read takes the booked movements out of a statement of a sender's account. The
// fault names the line of the file that is wrong.
func Read(s camt.Statement, sender, currency string) (statement.Statement, error) {
	if s.Notification {
		return statement.Statement{}, statement.Wrong(s.Line, "must be a statement (camt.053), not a notification")
	}
	if s.Currency != currency {
		return statement.Statement{}, statement.Wrong(s.Line, "must be in the currency of the sender's account")
	}
	if err := s.Check(); err != nil {
		return statement.Statement{}, err
	}
	if s.Opening == nil || s.Closing == nil {
		return statement.Statement{}, statement.Wrong(s.Line, "must have an opening and a closing balance")
	}
	out := statement.Statement{
		Sender: sender, BankID: s.ID, Currency: s.Currency, Opening: s.Opening.Minor, Closing: s.Closing.Minor,
		Sequence: s.Sequence, ClosedOn: s.Closing.Day, At: s.Line,
	}
	for _, e := range s.Entries {
		if e.Status != "BOOK" || e.Amount.MinorUnits == 0 {
			continue
		}
		if e.Amount.Currency != currency || day(e) == "" {
			return statement.Statement{}, statement.Wrong(e.Line, "must have a booking day and be in the account's currency")
		}
		out.Lines = append(out.Lines, lines(e)...)
	}
	return out, nil
}

func day(e camt.Entry) string {
	if e.Booked != "" {
		return e.Booked
	}
	return e.Value
}
