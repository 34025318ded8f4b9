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
	if s.Currency != currency && (!s.Notification || s.Currency != "") {
		return statement.Statement{}, statement.Wrong(s.Line, "must be in the currency of the sender's account")
	}
	if err := s.Check(); err != nil {
		return statement.Statement{}, err
	}
	out := statement.Statement{
		Sender: sender, BankID: s.ID, Currency: currency, Sequence: s.Sequence, ClosedOn: s.To, At: s.Line, Notification: s.Notification,
	}
	if !s.Notification {
		if s.Opening == nil || s.Closing == nil {
			return statement.Statement{}, statement.Wrong(s.Line, "must have an opening and a closing balance")
		}
		out.Opening, out.Closing, out.ClosedOn = s.Opening.Minor, s.Closing.Minor, s.Closing.Day
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
