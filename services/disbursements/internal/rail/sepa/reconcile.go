package sepa

import (
	"bytes"
	"slices"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/movement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// reconcile reads the statements of a file, each of a sender's account and each once.
// Those in other currencies than the account's are left out, and one that cannot be read
// is refused, where there are any that can.
func reconcile(senders []rail.Sender, content []byte) (rail.Report, error) {
	file, err := camt.Parse(bytes.NewReader(content))
	if err != nil {
		return rail.Report{}, err
	}
	report, seen := rail.Report{SHA256: file.SHA256[:]}, map[[32]byte]bool{}
	for _, st := range file.Statements {
		read, leftOut, err := readOne(senders, st)
		f := fault.As(err)
		switch {
		case err != nil && f == nil:
			return rail.Report{}, err
		case err != nil:
			report.Refused = append(report.Refused, statement.Refused{Line: st.Line, Fault: f})
		case leftOut:
			report.LeftOut = append(report.LeftOut, st.Currency)
		case !seen[read.Digest()]:
			seen[read.Digest()] = true
			report.Statements = append(report.Statements, read)
		}
	}
	if len(report.Statements) == 0 {
		if len(report.Refused) > 0 {
			return rail.Report{}, report.Refused[0].Fault
		}
		return rail.Report{}, statement.Wrong(file.Statements[0].Line, "must be in the currency of the sender's account")
	}
	slices.Sort(report.LeftOut)
	report.LeftOut = slices.Compact(report.LeftOut)
	return report, nil
}

// readOne reads one statement, unless it is in another currency than its account's.
func readOne(senders []rail.Sender, st camt.Statement) (read statement.Statement, leftOut bool, err error) {
	if st.Refused != nil {
		return statement.Statement{}, false, st.Refused
	}
	sender, err := senderOf(senders, st)
	if err != nil {
		return statement.Statement{}, false, err
	}
	if st.Currency != "" && st.Currency != sender.Currency {
		return statement.Statement{}, true, nil
	}
	read, err = movement.Read(st, sender.ID, sender.Currency)
	return read, false, err
}

// senderOf finds whose account a statement is of.
func senderOf(senders []rail.Sender, st camt.Statement) (rail.Sender, error) {
	i := slices.IndexFunc(senders, func(s rail.Sender) bool { return s.IBAN == st.Account })
	if i >= 0 {
		return senders[i], nil
	}
	f := statement.Wrong(st.Line, "must be a statement of a configured sender's account")
	f.Reason = fault.ReasonUnknownAccount
	return rail.Sender{}, f
}
