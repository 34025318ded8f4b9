package command

import (
	"fmt"
	"io"
	"os"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

// receiptWord stands before the proof of a gift, where else a source stands.
const receiptWord = "receipt"

// verifyReceipt checks the proof of a gift.
type verifyReceipt struct {
	JSONFlag
	File string
	Key  []string
}

// maxProof bounds the file: a leaf has 64 KiB at most, a path 63 hashes.
const maxProof = 1 << 20

// Run checks the file and names what is wrong with it.
func (c *verifyReceipt) Run(t *Terminal) error {
	file, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("read proof: %w", err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	text, err := io.ReadAll(io.LimitReader(file, maxProof+1))
	if err != nil {
		return fmt.Errorf("read proof: %w", err)
	}
	report, err := ledger.VerifyGift(text, c.Key)
	if err != nil {
		return err
	}
	if err := c.Print(t, report, func(w io.Writer) { c.tell(w, report) }); err != nil {
		return err
	}
	if !report.OK() {
		return errReported
	}
	return nil
}

// tell says what was found, and what was not checked.
func (c *verifyReceipt) tell(w io.Writer, r ledger.GiftReport) {
	for _, f := range r.Findings {
		fmt.Fprintln(w, "WRONG", f)
	}
	if !r.OK() {
		return
	}
	fmt.Fprintf(w, "%s of %s:\n", r.Donation, r.Day)
	for _, e := range r.Entries {
		fmt.Fprintf(w, "  %-6s %s %s\n", e.Side, e.Account, money.Amount{MinorUnits: e.Amount, Currency: e.Currency})
	}
	if !r.Trusted {
		fmt.Fprintln(w, "not checked: that the log's own key has signed: give the key that you trust with --key")
	}
	fmt.Fprintf(w, "Verified: it stands in the log %s of %d leaves.\n", r.Origin, r.Size)
}
