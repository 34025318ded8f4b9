package statement

import (
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Kinds returns the kinds of the table, one for each of its rows.
func Kinds() []leaf.Kind {
	var out []leaf.Kind
	for _, r := range table {
		out = append(out, r.kind)
	}
	return out
}

// Markdown writes the table as docs/statements.md shows it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| kind | section | line | line of the fund's statement |\n|---|---|---|---|\n")
	for _, r := range table {
		line := r.line.String()
		for _, e := range r.on {
			line += fmt.Sprintf("; %s on `%s:`", e.line, e.class)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.kind, r.line.Section(), line, fundLineName(r.kind))
	}
	return b.String()
}

// fundLineName finds the figure that a kind moves.
func fundLineName(k leaf.Kind) string {
	if k == leaf.Reversal {
		return "that of what it reverses"
	}
	var f Fund
	f.add(Total{Pool: "fund:a:clearing", Kind: k, Within: 1})
	name := map[bool]string{
		f.Received != 0: "received", f.Fees != 0: "fees", f.TakenBack != 0: "taken back",
		f.Awarded != 0: "awarded", f.Released != 0: "released", f.Other != 0: "other",
	}[true]
	var award Fund
	award.addAward(Total{Pool: Awards, Kind: k, Within: 1})
	switch {
	case award.Paid != 0:
		name += "; paid on awards"
	case award.Returned != 0:
		name += "; returned on awards"
	}
	return name
}
