package camt_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// TestABrokenFileIsReadOrRefusedAndNeverQuoted cuts, doubles, swaps and overwrites
// parts of a good file.
func TestABrokenFileIsReadOrRefusedAndNeverQuoted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := sample
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := min(from+rapid.IntRange(0, 60).Draw(t, "length"), len(text))
			part := text[from:to]
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				text = text[:from] + text[to:]
			case 1:
				text = text[:to] + part + text[to:]
			case 2:
				text = text[:from] + rapid.StringMatching(`[<>&/"=A-Za-z0-9. \n]{0,20}`).Draw(t, "text") + text[to:]
			default:
				text = text[:from] + string(rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "bytes")) + text[to:]
			}
		}
		f, err := camt.Parse(strings.NewReader(text))
		if err != nil {
			got := fault.As(err)
			if got == nil || got.Kind != fault.Invalid || len(got.Violations) != 1 || !strings.HasPrefix(got.Violations[0].Field, "line ") {
				t.Fatalf("refused with %v", err)
			}
			if strings.Contains(err.Error(), "Secret") {
				t.Fatalf("the fault quotes the file: %v", err)
			}
			return
		}
		for _, s := range f.Statements {
			if s.ID == "" || s.Account == "" {
				t.Fatalf("read without id or account: %+v", s)
			}
			if err := s.Check(); err != nil && !fault.Is(err, "STATEMENT_UNBALANCED") {
				t.Fatalf("weighed with %v", err)
			}
			for _, e := range s.Entries {
				if e.Amount.MinorUnits < 0 {
					t.Fatalf("an entry of %d", e.Amount.MinorUnits)
				}
			}
		}
	})
}
