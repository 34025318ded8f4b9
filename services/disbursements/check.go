package disbursements

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/movement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// StatementReport is what an import would read of a bank's file, statement by statement.
type StatementReport struct {
	// Version is the message's, "camt.053.001.08"; SHA256 is of the file, in hexadecimal.
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
	// Statements are in the file's order.
	Statements []CheckedStatement `json:"statements"`
	// Read and Refused count them.
	Read    int `json:"read"`
	Refused int `json:"refused"`
}

// CheckedStatement is one statement of a file. Whether it is of a sender's account, and
// follows the one before, only an installation can say.
type CheckedStatement struct {
	// FileLine is where it begins, counted from 1.
	FileLine int `json:"fileLine"`
	// ID is the bank's; Account and Currency are those of the account.
	ID       string `json:"id,omitempty"`
	Account  string `json:"account,omitempty"`
	Currency string `json:"currency,omitempty"`
	// Notification is true for camt.054, which has no balances.
	Notification bool `json:"notification,omitempty"`
	// Sequence is the bank's number, 0 for none; ClosedOn is the day of the last balance.
	Sequence int64  `json:"sequence,omitempty"`
	ClosedOn string `json:"closedOn,omitempty"`
	// Opening and Closing are balances, "-12.50".
	Opening string `json:"opening,omitempty"`
	Closing string `json:"closing,omitempty"`
	// Reason, WrongAt and Problem say why it would be refused; empty where it would not.
	Reason  string `json:"reason,omitempty"`
	WrongAt string `json:"wrongAt,omitempty"`
	Problem string `json:"problem,omitempty"`
	// Lines are its booked movements.
	Lines []CheckedLine `json:"lines,omitempty"`
}

// CheckedLine is one booked movement as it would be held against payments.
type CheckedLine struct {
	// Amount is below zero for money that left.
	Amount string `json:"amount"`
	// BookedOn is the booking day, Code the bank's transaction code.
	BookedOn string `json:"bookedOn"`
	Code     string `json:"code,omitempty"`
	// Reference is the bank's, EndToEndID that of one transfer.
	Reference  string `json:"reference,omitempty"`
	EndToEndID string `json:"endToEndId,omitempty"`
	// BatchID names a payment file that was booked as one sum, BatchCount how many
	// transfers that were, 0 where the bank does not say.
	BatchID    string `json:"batchId,omitempty"`
	BatchCount int    `json:"batchCount,omitempty"`
	// Returned and Reversed are the bank's words for money that came back.
	Returned     bool   `json:"returned,omitempty"`
	Reversed     bool   `json:"reversed,omitempty"`
	ReturnReason string `json:"returnReason,omitempty"`
}

// CheckStatement reads a bank's file as an import would, and changes nothing. The fault is
// that of a file of which nothing can be read.
func CheckStatement(file io.Reader) (StatementReport, error) {
	f, err := camt.Parse(file)
	if err != nil {
		return StatementReport{}, err
	}
	r := StatementReport{Version: f.Version, SHA256: hex.EncodeToString(f.SHA256[:])}
	for _, s := range f.Statements {
		checked, err := checkOne(s)
		if err != nil {
			return StatementReport{}, err
		}
		if r.Statements = append(r.Statements, checked); checked.Reason != "" {
			r.Refused++
		} else {
			r.Read++
		}
	}
	return r, nil
}

func checkOne(s camt.Statement) (CheckedStatement, error) {
	c := CheckedStatement{
		FileLine: s.Line, ID: s.ID, Account: s.Account, Currency: s.Currency, Notification: s.Notification, Sequence: s.Sequence,
	}
	err := s.Refused
	var read statement.Statement
	if err == nil {
		read, err = movement.Read(s, "", s.Currency)
	}
	if f := fault.As(err); f != nil {
		c.Reason = string(f.Reason)
		for _, v := range f.Violations {
			c.WrongAt, c.Problem = v.Field, v.Description
		}
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("check statement: %w", err)
	}
	c.ClosedOn = read.ClosedOn
	if !s.Notification {
		c.Opening, c.Closing = decimal(read.Opening, s.Currency), decimal(read.Closing, s.Currency)
	}
	for _, l := range read.Lines {
		c.Lines = append(c.Lines, checkLine(l, s.Currency))
	}
	return c, nil
}

func checkLine(l statement.Line, currency string) CheckedLine {
	minor := l.Minor
	if !l.Credit {
		minor = -minor
	}
	return CheckedLine{
		Amount: decimal(minor, currency), BookedOn: l.BookedOn, Code: l.Code, Reference: l.Ref, EndToEndID: l.EndToEndID,
		BatchID: l.BatchID, BatchCount: max(l.BatchCount, 0), Returned: l.IsReturn, Reversed: l.IsReversal, ReturnReason: l.ReturnReason,
	}
}

// decimal writes an amount of minor units, which may be below zero.
func decimal(minor int64, currency string) string {
	if minor < 0 {
		return "-" + money.Amount{MinorUnits: -minor, Currency: currency}.Decimal()
	}
	return money.Amount{MinorUnits: minor, Currency: currency}.Decimal()
}
