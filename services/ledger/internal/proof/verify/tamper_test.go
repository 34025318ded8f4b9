package verify_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// tampering is one way of falsifying a ledger.
type tampering struct {
	name string
	// tamper falsifies; what it returns is changed in the options.
	tamper func(t *testing.T, l *bundletest.Log) func(*verify.Options)
	// rule and sequence are those of the first finding; also are the rules of
	// those that follow from it.
	rule     verify.Rule
	sequence int64
	also     []verify.Rule
}

// signed makes a tampering by whoever has the key: leaves are changed, then tree
// and checkpoint made anew.
func signed(change func(l *bundletest.Log)) func(*testing.T, *bundletest.Log) func(*verify.Options) {
	return func(t *testing.T, l *bundletest.Log) func(*verify.Options) {
		change(l)
		l.Seal(t)
		return nil
	}
}

// unsigned makes a tampering by somebody without the key: the checkpoint stays.
func unsigned(change func(l *bundletest.Log)) func(*testing.T, *bundletest.Log) func(*verify.Options) {
	return func(t *testing.T, l *bundletest.Log) func(*verify.Options) {
		before, _ := l.Checkpoint(t.Context())
		change(l)
		l.Seal(t)
		l.SetCheckpoint(before)
		return nil
	}
}

// at returns the transaction at a sequence of the story.
func at(l *bundletest.Log, sequence int64) *leaf.Transaction { return told(l, sequence).Transaction }

// told returns the leaf at a sequence of the story, which begins behind its staff.
func told(l *bundletest.Log, sequence int64) *leaf.Leaf { return &l.Leaves[bundletest.Staff+sequence] }

// placed is the sequence in the log of one of the story.
func placed(sequence int64) int64 {
	if sequence == verify.Whole {
		return sequence
	}
	return bundletest.Staff + sequence
}

var tamperings = []tampering{
	{name: "altered in the bundle", rule: verify.RuleHash, sequence: 7, tamper: func(t *testing.T, l *bundletest.Log) func(*verify.Options) {
		at(l, 7).OccurredOn++
		at(l, 7).BookingDate++
		var tile []byte
		for _, x := range l.Leaves {
			body, err := x.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			tile = merkle.AppendEntry(tile, body)
		}
		ref := merkle.Ref{Entries: true, Width: len(l.Leaves)}
		l.SetTile(ref.Path(), tile)
		return nil
	}, also: []verify.Rule{verify.RuleRoot}},
	{name: "altered with its hashes", rule: verify.RuleRoot, sequence: verify.Whole, tamper: unsigned(func(l *bundletest.Log) {
		at(l, 7).Source = "allocationRounds/r_2"
	})},
	{name: "amount altered", rule: verify.RuleUnbalanced, sequence: 1, tamper: signed(func(l *bundletest.Log) {
		at(l, 1).Entries[1].Amount = 4800
	}), also: []verify.Rule{verify.RuleBalance, verify.RuleBelowZero}},
	{name: "deleted", rule: verify.RuleSequence, sequence: 4, tamper: signed(func(l *bundletest.Log) {
		l.Leaves = slices.Delete(l.Leaves, bundletest.Staff+4, bundletest.Staff+5)
	}), also: []verify.Rule{verify.RuleBalance, verify.RuleBelowZero}},
	{name: "inserted", rule: verify.RuleSequence, sequence: 2, tamper: signed(func(l *bundletest.Log) {
		l.Leaves = slices.Insert(l.Leaves, bundletest.Staff+2, *told(l, 1))
	}), also: []verify.Rule{verify.RuleBalance, verify.RuleReference, verify.RuleReversal}},
	{name: "reordered", rule: verify.RuleSequence, sequence: 5, tamper: signed(func(l *bundletest.Log) {
		*told(l, 5), *told(l, 6) = *told(l, 6), *told(l, 5)
	}), also: []verify.Rule{verify.RuleRound}},
	{name: "reordered and renumbered", rule: verify.RuleRound, sequence: 7, tamper: signed(func(l *bundletest.Log) {
		a, b := told(l, 5).Decision, told(l, 6).Decision
		a.Sequence, b.Sequence = b.Sequence, a.Sequence
		told(l, 5).Decision, told(l, 6).Decision = b, a
	})},
	{name: "swapped between accounts", rule: verify.RuleBalance, sequence: 2, tamper: signed(func(l *bundletest.Log) {
		e := at(l, 1).Entries
		e[1].Account, e[2].Account = e[2].Account, e[1].Account
	}), also: []verify.Rule{verify.RuleBelowZero}},
	{name: "balance not the sum", rule: verify.RuleBalance, sequence: 8, tamper: signed(func(l *bundletest.Log) {
		at(l, 8).Entries[1].Balance++
	})},
	{name: "unbalanced", rule: verify.RuleUnbalanced, sequence: 17, tamper: signed(func(l *bundletest.Log) {
		l.Post(leaf.Donation, "2026-11-23", "x", "donations/d_2", bundletest.D("asset:stripe", 10), bundletest.C("fund:general:clearing", 11))
	})},
	{name: "unbalanced in one of two currencies", rule: verify.RuleUnbalanced, sequence: 17, tamper: signed(func(l *bundletest.Log) {
		l.Post(leaf.FX, "2026-11-23", "x", "transfers/t_1",
			bundletest.D("asset:bank:main", 10), bundletest.C("fx:EUR:PLN", 10),
			bundletest.Line{Side: leaf.Debit, Account: "fx:EUR:PLN", Currency: "PLN", Amount: 43},
			bundletest.Line{Side: leaf.Credit, Account: "asset:bank:main", Currency: "PLN", Amount: 44})
	})},
	{name: "below zero", rule: verify.RuleBelowZero, sequence: 17, tamper: signed(func(l *bundletest.Log) {
		l.Post(leaf.RefundStarted, "2026-11-23", "x", "donations/d_1", bundletest.D("fund:general:available", 1901), bundletest.C("transit:refunds", 1901))
	})},
	{name: "booked on another day", rule: verify.RuleBooking, sequence: 4, tamper: signed(func(l *bundletest.Log) {
		at(l, 4).BookingDate++
	})},
	{name: "reference twice", rule: verify.RuleReference, sequence: 9, tamper: signed(func(l *bundletest.Log) {
		told(l, 9).Decision.Reference = at(l, 1).Reference
	})},
	{name: "of another ledger", rule: verify.RuleLedger, sequence: 9, tamper: signed(func(l *bundletest.Log) {
		told(l, 9).Decision.Ledger = "other"
	})},
	{name: "reversed by less", rule: verify.RuleReversal, sequence: 3, tamper: signed(func(l *bundletest.Log) {
		at(l, 3).Entries[0].Amount, at(l, 3).Entries[1].Amount = 90, 40
		at(l, 3).Entries[0].Balance, at(l, 3).Entries[1].Balance = 90, 10
	})},
	{name: "reversed twice", rule: verify.RuleReversal, sequence: 17, tamper: signed(func(l *bundletest.Log) {
		l.Reverse(at(l, 2), "2026-11-23", "x")
	})},
	{name: "a reversal reversed", rule: verify.RuleReversal, sequence: 17, tamper: signed(func(l *bundletest.Log) {
		l.Reverse(at(l, 3), "2026-11-23", "x")
	})},
	{name: "reverses another than it names", rule: verify.RuleReversal, sequence: 3, tamper: signed(func(l *bundletest.Log) {
		at(l, 3).Reverses.Reference = "statement/1/1"
	})},
	{name: "award credited by a transfer", rule: verify.RuleAccounts, sequence: 17, tamper: signed(func(l *bundletest.Log) {
		l.Post(leaf.FundRelease, "2026-11-23", "x", "funds/general", bundletest.D("fund:general:available", 100), bundletest.C("award:w_2", 100))
	})},
	{name: "a payment called the cancelling of an award", rule: verify.RuleAccounts, sequence: 16, tamper: signed(func(l *bundletest.Log) {
		at(l, 16).Kind = leaf.AwardCancelled
	})},
	{name: "a gift back to the bank called a release", rule: verify.RuleAccounts, sequence: 17, tamper: signed(func(l *bundletest.Log) {
		l.Post(leaf.RoundRelease, "2026-11-23", "x", "allocationRounds/r_1", bundletest.D("fund:general:available", 100), bundletest.C("asset:bank:main", 100))
	})},
	{name: "rolled back", rule: verify.RuleKept, sequence: verify.Whole, tamper: func(t *testing.T, l *bundletest.Log) func(*verify.Options) {
		kept, _ := l.Checkpoint(t.Context())
		l.Leaves = l.Leaves[:bundletest.Staff+15]
		l.Seal(t)
		return func(o *verify.Options) { o.Kept = kept }
	}},
	{name: "history rewritten", rule: verify.RuleKept, sequence: verify.Whole, tamper: func(t *testing.T, l *bundletest.Log) func(*verify.Options) {
		kept, _ := l.Checkpoint(t.Context())
		at(l, 1).Source = "donations/d_2"
		l.Gifts(300).Seal(t)
		return func(o *verify.Options) { o.Kept = kept }
	}},
	{name: "signed by another key", rule: verify.RuleSignature, sequence: verify.Whole, tamper: func(t *testing.T, l *bundletest.Log) func(*verify.Options) {
		trusted := l.Key(t)
		other, err := checkpoint.GenerateSigner(bundletest.Origin)
		if err != nil {
			t.Fatal(err)
		}
		l.Signer = other
		l.Seal(t)
		return func(o *verify.Options) { o.Keys = []note.Verifier{trusted} }
	}},
	{name: "not seen by a witness", rule: verify.RuleWitnesses, sequence: verify.Whole, tamper: func(t *testing.T, l *bundletest.Log) func(*verify.Options) {
		w, err := checkpoint.NewCosigner("witness.test", make([]byte, 32), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		policy, err := checkpoint.ParsePolicy([]byte("witness w " + w.VerifierKey() + "\nquorum w\n"))
		if err != nil {
			t.Fatal(err)
		}
		return func(o *verify.Options) { o.Policy = &policy }
	}},
}

func TestEachTamperingIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	for _, c := range append(tamperings, decisionTamperings...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := bundletest.Story(t)
			report := check(t, l, c.tamper(t, l))
			if report.OK() {
				t.Fatal("nothing was found")
			}
			if f := report.Findings[0]; f.Rule != c.rule || f.Sequence != placed(c.sequence) {
				t.Errorf("found %v, want %s at %d", f, c.rule, placed(c.sequence))
			}
			if f := report.Findings[0]; f.Sequence != verify.Whole && f.Reference != l.Leaves[f.Sequence].Reference() {
				t.Errorf("%v does not name %s", f, l.Leaves[f.Sequence].Reference())
			}
			for _, f := range report.Findings {
				if f.Rule != c.rule && !slices.Contains(c.also, f.Rule) {
					t.Errorf("found also %v", f)
				}
			}
		})
	}
}

// With its rules switched off, a tampering must not be found: no test above
// passes by accident.
func TestATamperingIsNotFoundWithoutItsRule(t *testing.T) {
	t.Parallel()
	for _, c := range append(tamperings, decisionTamperings...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := bundletest.Story(t)
			change := c.tamper(t, l)
			o := verify.Options{Source: l, Keys: []note.Verifier{l.Key(t)}, TempDir: t.TempDir()}
			if change != nil {
				change(&o)
			}
			report, err := verify.RunWithout(t.Context(), o, func(r verify.Rule) bool {
				return r == c.rule || slices.Contains(c.also, r)
			})
			if err != nil || !report.OK() {
				t.Fatalf("found %v, %v", report.Findings, err)
			}
		})
	}
}

// memory is a bundle in memory, to change it quickly.
type memory map[string][]byte

func (m memory) Checkpoint(context.Context) ([]byte, error)          { return m["checkpoint"], nil }
func (m memory) Tile(_ context.Context, path string) ([]byte, error) { return m[path], nil }

// right reports whether everything about the bundle is.
func (m memory) right(t *testing.T, key note.Verifier) bool {
	t.Helper()
	manifest, err := bundle.ParseManifest(m["manifest.json"])
	if err != nil {
		return false
	}
	report, err := verify.Run(t.Context(), verify.Options{Source: m, Manifest: manifest, Keys: []note.Verifier{key}})
	if err != nil {
		t.Fatal(err)
	}
	return report.OK()
}

func TestEverySingleChangedByteIsFound(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t)
	dir := export(t, l)
	files := memory{}
	for _, path := range []string{"manifest.json", "checkpoint", "tile/entries/000.p/40", "tile/0/000.p/40"} {
		content, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		files[path] = content
	}
	for path, content := range files {
		for i := range content {
			content[i] ^= 1 << (i % 8)
			if files.right(t, l.Key(t)) {
				t.Errorf("%s: changed byte %d was not found", path, i)
			}
			content[i] ^= 1 << (i % 8)
		}
	}
	if !files.right(t, l.Key(t)) {
		t.Fatal("put right again, the bundle is wrong")
	}
}

func TestAChangedLengthNamesItsEntry(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(60).Seal(t)
	const path = "tile/entries/000.p/100"
	content, err := l.Tile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for n := range 40 {
		for _, change := range []byte{1, 0x80} {
			changed := slices.Clone(content)
			changed[at+1] ^= change
			l.SetTile(path, changed)
			report := check(t, l, nil)
			if report.OK() || report.Findings[0].Sequence != int64(n) {
				t.Errorf("length of entry %d: %v", n, report.Findings)
			}
		}
		at += 2 + int(binary.BigEndian.Uint16(content[at:]))
	}
}

func TestAMissingFileIsNamed(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	for _, path := range []string{"tile/entries/000", "tile/0/000", "tile/0/001.p/84", "tile/1/000.p/1", "checkpoint"} {
		dir := export(t, l)
		if err := os.Remove(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
		report, err := checkDir(t.Context(), t, dir, l.Key(t))
		if err != nil || report.OK() || report.Findings[0].Rule != verify.RuleMissing {
			t.Errorf("without %s: %+v, %v", path, report.Findings, err)
		}
	}
}
