package command

import (
	"fmt"
	"io"
	"os"

	"github.com/solidarity-fund/solidarity/services/disbursements"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

type checkStatementCommand struct {
	JSONFlag
	File string `arg:"" help:"The bank's file: camt.053 or camt.054." type:"existingfile"`
}

// Run prints what would be read of a file. A statement that would be refused is a failure.
func (c *checkStatementCommand) Run(t *Terminal) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("open statement: %w", err)
	}
	defer f.Close()
	report, err := disbursements.CheckStatement(f)
	if refused := fault.As(err); refused != nil && len(refused.Violations) > 0 {
		return fmt.Errorf("the file would be refused (%s), %s: %s", refused.Reason, refused.Violations[0].Field, refused.Violations[0].Description)
	}
	if err != nil {
		return err
	}
	if err := c.Print(t, report, func(w io.Writer) { printStatementReport(w, report) }); err != nil {
		return err
	}
	if report.Refused > 0 {
		return errReported
	}
	return nil
}

func printStatementReport(w io.Writer, report disbursements.StatementReport) {
	for _, s := range report.Statements {
		if s.Reason != "" {
			fmt.Fprintf(w, "line %d: would be refused (%s), %s: %s\n", s.FileLine, s.Reason, s.WrongAt, printable(s.Problem))
			continue
		}
		fmt.Fprintf(w, "line %d: %s\n", s.FileLine, printable(statementSummary(s)))
		for _, l := range s.Lines {
			fmt.Fprintf(w, "    %s\n", printable(lineSummary(l)))
		}
	}
	fmt.Fprintf(w, "%s: %d would be read, %d refused. Whether they are of a sender's account and follow each other, the installation says.\n",
		report.Version, report.Read, report.Refused)
}

// statementSummary is a statement on one line.
func statementSummary(s disbursements.CheckedStatement) string {
	if s.Notification {
		return fmt.Sprintf("notification %s of %s %s, %d movements", s.ID, s.Account, s.Currency, len(s.Lines))
	}
	return fmt.Sprintf("statement %s of %s, from %s to %s %s on %s, %d movements", s.ID, s.Account, s.Opening, s.Closing, s.Currency, s.ClosedOn, len(s.Lines))
}

// lineSummary is a movement on one line.
func lineSummary(l disbursements.CheckedLine) string {
	text := l.BookedOn + "  " + l.Amount
	for _, part := range []struct{ label, value string }{{"", l.Code}, {"payment ", l.EndToEndID}, {"file ", l.BatchID}, {"bank's ", l.Reference}, {"returned ", l.ReturnReason}} {
		if part.value != "" {
			text += "  " + part.label + part.value
		}
	}
	if l.BatchCount > 0 {
		text += fmt.Sprintf("  of %d transfers", l.BatchCount)
	}
	switch {
	case l.Reversed:
		text += "  (taken back)"
	case l.Returned:
		text += "  (came back)"
	}
	return text
}
