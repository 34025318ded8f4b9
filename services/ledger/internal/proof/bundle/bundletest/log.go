// Package bundletest makes small ledgers for tests: right ones and, on purpose,
// wrong ones. It keeps all of a log in memory and serves it as a bundle.Source.
package bundletest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Origin is the origin of the logs that are made here.
const Origin = "ledger.test/main"

// Log is a ledger in memory.
type Log struct {
	// Signer signs its checkpoints.
	Signer *checkpoint.Signer
	// Cosigners cosign them.
	Cosigners []note.Signer
	// Leaves may be changed before Seal.
	Leaves []leaf.Leaf

	balances map[[2]string]int64
	signed   []byte
	files    map[string][]byte
}

var _ bundle.Source = (*Log)(nil)

// New returns an empty log, which is the same each time.
func New(t testing.TB) *Log {
	t.Helper()
	seed := sha256.Sum256([]byte("bundletest"))
	signer, err := checkpoint.NewSigner(Origin, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return &Log{Signer: signer, balances: map[[2]string]int64{}}
}

// Key returns the key that verifies its checkpoints.
func (l *Log) Key(t testing.TB) note.Verifier {
	t.Helper()
	v, err := checkpoint.ParseVerifier(l.Signer.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// header makes the beginning of the next leaf; its random bytes are not.
func (l *Log) header() leaf.Header {
	h := leaf.Header{Ledger: "main", Sequence: int64(len(l.Leaves))}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(h.Sequence)))
	copy(h.Random[:], sum[:])
	return h
}

// Line is an entry that is to be posted.
type Line struct {
	Side     leaf.Side
	Account  string
	Currency string
	Amount   int64
}

// D debits an account in EUR.
func D(account string, amount int64) Line { return Line{leaf.Debit, account, "EUR", amount} }

// C credits an account in EUR.
func C(account string, amount int64) Line { return Line{leaf.Credit, account, "EUR", amount} }

// Post appends a transaction with the right running balances.
func (l *Log) Post(kind leaf.Kind, day, reference, source string, lines ...Line) *leaf.Transaction {
	occurred := mustDay(day)
	t := &leaf.Transaction{
		Header: l.header(), Kind: kind, Reference: reference, Source: source,
		OccurredOn: occurred, BookingDate: occurred, Digest: sha256.Sum256([]byte(reference)),
	}
	for _, line := range lines {
		key := [2]string{line.Account, line.Currency}
		if line.Side == leaf.Debit {
			l.balances[key] -= line.Amount
		} else {
			l.balances[key] += line.Amount
		}
		t.Entries = append(t.Entries, leaf.Entry{
			Account: line.Account, Currency: line.Currency, Side: line.Side,
			Amount: line.Amount, Balance: l.balances[key],
		})
	}
	l.Leaves = append(l.Leaves, leaf.Leaf{Transaction: t})
	return t
}

// Reverse appends the mirror of a transaction.
func (l *Log) Reverse(original *leaf.Transaction, day, reference string) *leaf.Transaction {
	var lines []Line
	for _, e := range original.Entries {
		lines = append(lines, Line{leaf.Debit + leaf.Credit - e.Side, e.Account, e.Currency, e.Amount})
	}
	t := l.Post(leaf.Reversal, day, reference, original.Source, lines...)
	t.Reverses = &leaf.Link{Sequence: original.Sequence, Reference: original.Reference}
	return t
}

// Decide appends a decision; what is committed to is named by about.
func (l *Log) Decide(kind leaf.DecisionKind, day, resource, person, about string) *leaf.Decision {
	d := &leaf.Decision{
		Header: l.header(), Kind: kind, Resource: resource, Person: person, Day: mustDay(day),
		Reference: fmt.Sprintf("decision/%d", len(l.Leaves)), Commitment: sha256.Sum256([]byte(about)),
		Content: contentOf(kind),
	}
	l.Leaves = append(l.Leaves, leaf.Leaf{Decision: d})
	return d
}

// contentOf is what a decision of a kind that the story has says.
func contentOf(kind leaf.DecisionKind) leaf.Content {
	if kind == leaf.DecisionPlanLocked {
		return &leaf.Lock{Currency: "EUR", Amount: 1_000_000, Persons: 3, WaitDays: 3}
	}
	return nil
}

// Close appends the decisions to propose and to close a period and its close, with the figures of
// what was posted and booked up to its last day.
func (l *Log) Close(first, last, day string) *leaf.PeriodClose {
	l.Decide(leaf.DecisionPeriodProposed, day, "periods/"+last, Treasurer, "review of "+last)
	l.Decide(leaf.DecisionPeriodClosed, day, "periods/"+last, Approver, "review of "+last)
	c := &leaf.PeriodClose{
		Header: l.header(), Reference: "periods/" + last + "/close",
		First: mustDay(first), Last: mustDay(last), Day: mustDay(day), ProposedBy: Treasurer, ConfirmedBy: Approver,
	}
	sums := map[[2]string]int64{}
	for _, x := range l.Leaves {
		t := x.Transaction
		if t == nil {
			continue
		}
		for _, e := range t.Entries {
			if key := [2]string{e.Account, e.Currency}; t.BookingDate <= c.Last && e.Side == leaf.Debit {
				sums[key] -= e.Amount
			} else if t.BookingDate <= c.Last {
				sums[key] += e.Amount
			}
		}
	}
	var totals []leaf.Total
	for key, sum := range sums {
		totals = append(totals, leaf.Total{Account: key[0], Currency: key[1], Balance: sum})
	}
	c.Figures, c.Accounts, c.TrialBalance = leaf.Trial(totals)
	l.Leaves = append(l.Leaves, leaf.Leaf{Close: c})
	return c
}

func mustDay(text string) leaf.Day {
	d, err := leaf.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

// Seal makes tiles and a signed checkpoint of the leaves as they are.
func (l *Log) Seal(t testing.TB) *Log {
	t.Helper()
	l.files = map[string][]byte{}
	var hashes []merkle.Hash
	var bundles [][]byte
	for i, leaf := range l.Leaves {
		body, err := leaf.AppendBinary(nil)
		if err != nil {
			t.Fatalf("leaf %d: %v", i, err)
		}
		if i%merkle.TileWidth == 0 {
			bundles = append(bundles, nil)
		}
		last := len(bundles) - 1
		bundles[last] = merkle.AppendEntry(bundles[last], body)
		hashes = append(hashes, merkle.LeafHash(body))
	}
	edge, tiles := merkle.Edge{}.Append(hashes)
	for _, tile := range tiles {
		l.files[merkle.Ref{Level: tile.Level, Index: tile.Index, Width: tile.Width()}.Path()] = tile.Hashes
	}
	for i, content := range bundles {
		width := min(merkle.TileWidth, len(l.Leaves)-i*merkle.TileWidth)
		l.files[merkle.Ref{Entries: true, Index: int64(i), Width: width}.Path()] = content
	}
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: Origin, Size: edge.Size(), Root: edge.Root()},
		append([]note.Signer{l.Signer}, l.Cosigners...)...)
	if err != nil {
		t.Fatal(err)
	}
	l.signed = signed
	return l
}

// Checkpoint returns the signed checkpoint of the last Seal.
func (l *Log) Checkpoint(context.Context) ([]byte, error) { return slices.Clone(l.signed), nil }

// Tile returns a tile of the last Seal.
func (l *Log) Tile(_ context.Context, path string) ([]byte, error) {
	content, ok := l.files[path]
	if !ok {
		return nil, fmt.Errorf("tile %s: %w", path, fs.ErrNotExist)
	}
	return slices.Clone(content), nil
}

// SetTile replaces a tile of the last Seal, as somebody without the key would.
func (l *Log) SetTile(path string, content []byte) { l.files[path] = content }

// SetCheckpoint replaces the checkpoint of the last Seal.
func (l *Log) SetCheckpoint(signed []byte) { l.signed = signed }

// Transactions gives its transactions by sequence, as a journal takes them.
func (l *Log) Transactions(yield func(*leaf.Transaction, error) bool) {
	for _, l := range l.Leaves {
		if l.Transaction != nil && !yield(l.Transaction, nil) {
			return
		}
	}
}
