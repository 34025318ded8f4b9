package command

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/solidarity-fund/solidarity/services/families"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

type checkCommand struct {
	List      checkListCommand      `cmd:"" help:"Read a list of prisoners offline and say row by row what an import would take; nothing is stored."`
	Statement checkStatementCommand `cmd:"" help:"Read a bank's file offline and say statement by statement and line by line what an import would read; nothing is stored."`
}

type checkListCommand struct {
	JSONFlag
	File string `arg:"" help:"The file (docs/imports.md says what is understood)." type:"existingfile"`
}

// Run prints what would be taken of a file. A file that would be refused is a failure.
func (c *checkListCommand) Run(t *Terminal) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("open list: %w", err)
	}
	defer f.Close()
	report, err := families.CheckList(f, t.Clock.Now())
	if refused := fault.As(err); refused != nil && len(refused.Violations) > 0 {
		return fmt.Errorf("the file would be refused: it %s", refused.Violations[0].Description)
	}
	if err != nil {
		return err
	}
	return c.Print(t, report, func(w io.Writer) { printListReport(w, report) })
}

func printListReport(w io.Writer, report families.ListReport) {
	for _, r := range report.Rows {
		taken := "taken"
		if !r.Taken {
			taken = "held back"
		}
		fmt.Fprintf(w, "row %d (line %d): %s: %s\n", r.Row, r.Line, taken, printable(rowSummary(r)))
		for _, c := range r.Complaints {
			where := "the row"
			if c.Column != "" {
				where = fmt.Sprintf("%q", c.Column)
			}
			fmt.Fprintf(w, "    %s: %s %s\n", c.Reason, printable(where), c.Message)
		}
		for _, c := range r.Clashes {
			fmt.Fprintf(w, "    %s%s\n", c.Kind, withRows(c.With))
		}
	}
	fmt.Fprintf(w, "%s, %s: %d rows would be taken, %d held back until two people decide.\n", report.Format, report.Encoding, report.Taken, report.HeldBack)
	if len(report.UnknownColumns) > 0 {
		fmt.Fprintf(w, "Columns that mean nothing to us (their cells are kept): %s\n", printable(strings.Join(report.UnknownColumns, ", ")))
	}
}

// rowSummary is what is understood of a row, on one line.
func rowSummary(r families.ListRow) string {
	parts := []string{r.Name, r.Status}
	for _, part := range []struct{ label, value string }{
		{"id", r.SourceID}, {"born", r.BirthDate}, {"detained", r.DetentionDate}, {"in", r.Facility}, {"for", strings.Join(r.Charges, " / ")},
	} {
		if part.value != "" {
			parts = append(parts, part.label+" "+part.value)
		}
	}
	if r.SentenceMonths > 0 {
		parts = append(parts, fmt.Sprintf("sentence %d months", r.SentenceMonths))
	}
	return strings.Join(parts, ", ")
}

func withRows(rows []int) string {
	const most = 10
	if len(rows) == 0 {
		return ""
	}
	text := " with row"
	if len(rows) > 1 {
		text += "s"
	}
	for i, n := range rows {
		if i == most {
			return text + fmt.Sprintf(" and %d more", len(rows)-most)
		}
		text += fmt.Sprintf(" %d", n)
	}
	return text
}
