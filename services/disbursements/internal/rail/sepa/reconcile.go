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
// Those in other currencies than the account's are left out, where there are any in its
// own.
func reconcile(senders []rail.Sender, content []byte) (rail.Report, error) {
	file, err := camt.Parse(bytes.NewReader(content))
	if err != nil {
		return rail.Report{}, err
	}
	report, seen := rail.Report{SHA256: file.SHA256[:]}, map[[2]string]bool{}
	for _, st := range file.Statements {
		sender, err := senderOf(senders, st)
		if err != nil {
			return rail.Report{}, err
		}
		if st.Currency != "" && st.Currency != sender.Currency {
			report.LeftOut = append(report.LeftOut, st.Currency)
			continue
		}
		read, err := movement.Read(st, sender.ID, sender.Currency)
		if err != nil {
			return rail.Report{}, err
		}
		key := [2]string{sender.ID, st.ID}
		if seen[key] {
			return rail.Report{}, statement.Wrong(st.Line, "must not be there twice in one file")
		}
		seen[key] = true
		report.Statements = append(report.Statements, read)
	}
	if len(report.Statements) == 0 {
		return rail.Report{}, statement.Wrong(file.Statements[0].Line, "must be in the currency of the sender's account")
	}
	slices.Sort(report.LeftOut)
	report.LeftOut = slices.Compact(report.LeftOut)
	return report, nil
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
