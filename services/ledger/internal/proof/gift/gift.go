// Package gift holds the file by which a donor checks, without trust in any server, that a
// gift stands in the log: its leaf, the way from there to the root, and a signed checkpoint.
// What people read of it is said a second time in plain fields, and compared with the leaf.
package gift

import (
	"encoding/json"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// format names the file's form.
const format = "solidarity receipt proof 1"

// File is the proof. Its fields are written in this order; hashes and leaf are base64.
type File struct {
	Format string `json:"format"`
	// Donation, Day and Entries are what the leaf says.
	Donation string  `json:"donation"`
	Day      string  `json:"day"`
	Entries  []Entry `json:"entries"`
	// Leaf are the canonical bytes, of docs/ledger-format.md.
	Leaf     []byte `json:"leaf"`
	Sequence int64  `json:"sequence"`
	// Hashes lead from the leaf to the root of the tree that the checkpoint signs.
	Hashes [][]byte `json:"hashes"`
	// Checkpoint is the signed note.
	Checkpoint string `json:"checkpoint"`
	// Key is the verifier key by which the server says that it signs. Whoever trusts the
	// server alone need not check.
	Key string `json:"key"`
}

// Entry is a line of the gift's transaction.
type Entry struct {
	Account  string `json:"account"`
	Side     string `json:"side"`
	Amount   int64  `json:"amount,string"`
	Currency string `json:"currency"`
}

// Evidence is what a file is made of beside the leaf.
type Evidence struct {
	Hashes     []merkle.Hash
	Checkpoint []byte
	Key        string
}

// Write makes the file of a gift.
func Write(t *leaf.Transaction, e Evidence) ([]byte, error) {
	raw, err := t.AppendBinary(nil)
	if err != nil {
		return nil, fmt.Errorf("write proof of a gift: %w", err)
	}
	f := said(t)
	f.Leaf, f.Hashes, f.Checkpoint, f.Key = raw, [][]byte{}, string(e.Checkpoint), e.Key
	for _, h := range e.Hashes {
		f.Hashes = append(f.Hashes, h[:])
	}
	return f.text()
}

// said are the fields that repeat what a leaf says.
func said(t *leaf.Transaction) File {
	f := File{Format: format, Donation: t.Source, Day: t.OccurredOn.String(), Sequence: t.Sequence}
	for _, e := range t.Entries {
		side := "debit"
		if e.Side == leaf.Credit {
			side = "credit"
		}
		f.Entries = append(f.Entries, Entry{Account: e.Account, Side: side, Amount: e.Amount, Currency: e.Currency})
	}
	return f
}

// text is the one way in which a file is written.
func (f File) text() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write proof of a gift: %w", err)
	}
	return append(b, '\n'), nil
}
