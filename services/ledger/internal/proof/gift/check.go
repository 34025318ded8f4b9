package gift

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Rule is what a finding is about.
type Rule string

// The rules, in the order in which they are checked.
const (
	RuleFormat     Rule = "FORMAT"     // the file is not written as the ledger writes it
	RuleLeaf       Rule = "LEAF"       // the leaf is not one of a gift
	RuleDonation   Rule = "DONATION"   // another payment than the leaf's
	RuleDay        Rule = "DAY"        // another day
	RuleEntries    Rule = "ENTRIES"    // other accounts or amounts
	RuleSequence   Rule = "SEQUENCE"   // another place in the log
	RuleKey        Rule = "KEY"        // the key is none, or none of those that are trusted
	RuleCheckpoint Rule = "CHECKPOINT" // not a checkpoint, or not signed by the key
	RuleInclusion  Rule = "INCLUSION"  // the leaf does not stand in the tree
)

// Finding is something that is wrong with a file.
type Finding struct {
	Rule  Rule   `json:"rule"`
	Words string `json:"words"`
}

// String writes the finding in one line.
func (f Finding) String() string { return string(f.Rule) + ": " + f.Words }

// Report is what a check found.
type Report struct {
	// Donation, Day and Entries are what the leaf says; empty where it says nothing.
	Donation string  `json:"donation"`
	Day      string  `json:"day"`
	Entries  []Entry `json:"entries"`
	// Origin and Size are the checkpoint's.
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	// Trusted says that the key was compared with one that was given.
	Trusted  bool      `json:"trusted"`
	Findings []Finding `json:"findings"`
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 }

func (r *Report) wrong(rule Rule, words string) {
	r.Findings = append(r.Findings, Finding{rule, words})
}

// Check checks a file against the verifier keys that are trusted; without any, the
// signature is checked by the file's own, and the report says so.
func Check(file []byte, keys ...note.Verifier) Report {
	r := Report{Findings: []Finding{}}
	var f File
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil || f.Format != format {
		r.wrong(RuleFormat, "this is no proof of a gift, or one that was changed")
		return r
	}
	t := r.leaf(f)
	c, signed := r.checkpoint(f, keys)
	if t != nil && signed {
		r.inclusion(f, t, c)
	}
	if text, err := f.text(); r.OK() && (err != nil || !bytes.Equal(text, file)) {
		r.wrong(RuleFormat, "the file is not written as the ledger writes it")
	}
	return r
}

// leaf checks that the fields say what the leaf says, and returns the leaf, nil where there
// is none of a gift.
func (r *Report) leaf(f File) *leaf.Transaction {
	l, err := leaf.Decode(f.Leaf)
	if err != nil || l.Transaction == nil || l.Transaction.Kind != leaf.Donation {
		r.wrong(RuleLeaf, "the leaf is not one of a gift")
		return nil
	}
	t := l.Transaction
	says := said(t)
	r.Donation, r.Day, r.Entries = says.Donation, says.Day, says.Entries
	if f.Donation != says.Donation {
		r.wrong(RuleDonation, "the leaf is that of another payment")
	}
	if f.Day != says.Day {
		r.wrong(RuleDay, "the leaf has another day")
	}
	if !slices.Equal(f.Entries, says.Entries) {
		r.wrong(RuleEntries, "the leaf has other accounts or amounts")
	}
	if f.Sequence != says.Sequence {
		r.wrong(RuleSequence, "the leaf has another place in the log")
	}
	return t
}

// checkpoint checks who has signed what; false where nothing can be said about a tree.
func (r *Report) checkpoint(f File, keys []note.Verifier) (checkpoint.Checkpoint, bool) {
	own, err := checkpoint.ParseVerifier(f.Key)
	if err != nil {
		r.wrong(RuleKey, "the file's key is no key")
		return checkpoint.Checkpoint{}, false
	}
	if r.Trusted = len(keys) > 0; r.Trusted && !slices.ContainsFunc(keys, func(k note.Verifier) bool {
		return checkpoint.Text(k) == f.Key
	}) {
		r.wrong(RuleKey, "the file's key is none of those that are trusted")
		return checkpoint.Checkpoint{}, false
	}
	c, _, err := checkpoint.Open([]byte(f.Checkpoint), own)
	if err != nil || !checkpoint.Canonical([]byte(f.Checkpoint)) {
		r.wrong(RuleCheckpoint, "the checkpoint is not signed by the key")
		return c, false
	}
	r.Origin, r.Size = c.Origin, c.Size
	return c, true
}

func (r *Report) inclusion(f File, t *leaf.Transaction, c checkpoint.Checkpoint) {
	hashes, err := hashesOf(f.Hashes)
	if err == nil {
		err = merkle.CheckInclusion(hashes, c.Size, c.Root, t.Sequence, merkle.LeafHash(f.Leaf))
	}
	if err != nil {
		r.wrong(RuleInclusion, "the leaf does not stand in the tree that the checkpoint signs")
	}
}

var errLength = errors.New("a hash has 32 bytes")

func hashesOf(raw [][]byte) ([]merkle.Hash, error) {
	out := make([]merkle.Hash, len(raw))
	for i, h := range raw {
		if len(h) != merkle.HashSize {
			return nil, fmt.Errorf("read hashes: %w", errLength)
		}
		copy(out[i][:], h)
	}
	return out, nil
}
