package publish_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

// byHand does to the tables what only their owner can, past the triggers.
func (l *ledger) byHand(statements ...string) {
	l.t.Helper()
	owner := ownerOf(l.t, l.db)
	for _, statement := range statements {
		if _, err := owner.Pool.Exec(l.t.Context(), statement); err != nil {
			l.t.Fatal(err)
		}
	}
}

// otherTree overwrites tiles and head with those of a tree of other leaves.
func (l *ledger) otherTree(size int) {
	l.t.Helper()
	edge, tiles := merkle.Edge{}.Append(make([]merkle.Hash, size))
	root := edge.Root()
	l.byHand(`ALTER TABLE head DISABLE TRIGGER USER`, `ALTER TABLE tiles DISABLE TRIGGER USER`,
		`UPDATE tiles SET hashes = decode('`+hex.EncodeToString(tiles[0].Hashes)+`', 'hex')`,
		fmt.Sprintf(`UPDATE head SET size = %d, root = decode('%x', 'hex')`, size, root[:]))
}

// wrongHeads are what somebody with rights on the tables may let the ledger sign.
func wrongHeads() map[string]func(*ledger) {
	return map[string]func(*ledger){
		"a root that is not that of the tiles": func(l *ledger) {
			l.byHand(`ALTER TABLE head DISABLE TRIGGER USER`, `UPDATE head SET root = decode(repeat('ab', 32), 'hex')`)
		},
		"a size that the tiles do not have": func(l *ledger) {
			l.byHand(`ALTER TABLE head DISABLE TRIGGER USER`, `UPDATE head SET size = 1000000`)
		},
		"another history": func(l *ledger) { l.otherTree(3) },
	}
}

func TestAHeadThatDoesNotContinueWhatWasPublishedIsNotSigned(t *testing.T) {
	t.Parallel()
	for name, forge := range wrongHeads() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, first := range []bool{true, false} { // the first signature of a process, or a later one
				l := start(t, database(t), publish.Options{})
				l.grow("g/1", "g/2")
				if first {
					l = start(t, l.db, publish.Options{})
				}
				if err := l.post("g/3"); err != nil {
					t.Fatal(err)
				}
				forge(l)
				if c, err := l.runner.Publisher().Latest(t.Context()); err == nil && c.Size != 2 {
					t.Errorf("signed %d leaves", c.Size)
				}
				refused(t, l, publish.Behind)
			}
		})
	}
}

// With the protection off the ledger signs whatever the head's row says.
func TestWithoutProofsAForgedHeadIsSigned(t *testing.T) {
	t.Parallel()
	for name, forge := range wrongHeads() {
		l := start(t, database(t), publish.Options{})
		l.grow("g/1", "g/2")
		if err := l.post("g/3"); err != nil {
			t.Fatal(err)
		}
		forge(l)
		l.runner.Gate().Off()
		if c, err := l.runner.Publisher().Latest(t.Context()); err != nil || c.Size < 3 {
			t.Errorf("%s: %d, %v", name, c.Size, err)
		}
	}
}

// forged are rows that this ledger has not signed, larger than what it has.
func forged(t *testing.T) map[string]checkpoint.Published {
	t.Helper()
	sign := func(c checkpoint.Checkpoint, generations ...int) []byte {
		var signers []note.Signer
		for _, g := range generations {
			s, err := checkpoint.NewSigner(origin, seed(g))
			if err != nil {
				t.Fatal(err)
			}
			signers = append(signers, s)
		}
		text, err := checkpoint.Sign(c, signers...)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	head := merkle.Head{Size: 1000, Root: merkle.Hash{1}}
	right := checkpoint.Checkpoint{Origin: origin, Size: head.Size, Root: head.Root}
	other := right
	other.Size = 7
	rows := map[string][]byte{
		"no note": []byte("hello\n"), "of another key": sign(right, 99), "about another size": sign(other, 1),
		"with a stranger's signature": sign(right, 1, 99), "unsigned": []byte(right.Body() + "\n"),
	}
	out := map[string]checkpoint.Published{}
	for name, text := range rows {
		out[name] = checkpoint.Published{Head: head, Note: text, PublishedOn: leaf.DayOf(time.Unix(0, 0))}
	}
	return out
}

func TestARowThatTheLedgerHasNotSignedIsNeitherServedNorKept(t *testing.T) {
	t.Parallel()
	for name, row := range forged(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := remember(t, 1)
			l := start(t, database(t), o.filed())
			l.grow("g/1")
			before := read(t, o.file)
			if err := l.store.AddCheckpoint(t.Context(), row); err != nil {
				t.Fatal(err)
			}
			for _, replica := range []*ledger{l, start(t, l.db, o.filed())} {
				replica.runner.Round(t.Context())
				c, err := replica.runner.Publisher().Latest(t.Context())
				if err != nil || c.Size != 1 || !bytes.Equal(c.Note, before) || !bytes.Equal(read(t, o.file), before) {
					t.Errorf("%d, %v, in the file\n%s", c.Size, err, read(t, o.file))
				}
				if err := replica.post("late"); err == nil {
					t.Error("booked beside a forged row")
				}
			}
			// Once it is taken away, a start is enough.
			l.byHand(`ALTER TABLE checkpoints DISABLE TRIGGER USER`, `DELETE FROM checkpoints WHERE size = 1000`)
			again := start(t, l.db, o.filed())
			again.grow("g/2")
			if c := again.published(); c.Size != 2 || !bytes.Equal(read(t, o.file), c.Note) {
				t.Errorf("published %d", c.Size)
			}
		})
	}
}

func TestWithoutLookingAtSignaturesAForgedRowIsServedAndKept(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	l := start(t, database(t), o.filed())
	l.grow("g/1")
	row := forged(t)["of another key"]
	if err := l.store.AddCheckpoint(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	l.runner.Gate().Off()
	c, err := l.runner.Publisher().Latest(t.Context())
	if err != nil || c.Size != 1000 || !bytes.Equal(read(t, o.file), row.Note) {
		t.Errorf("%d, %v", c.Size, err)
	}
}

func TestAForgedRowIsNotBroughtToWitnesses(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	l := start(t, database(t), o.both())
	l.runner.Round(t.Context())
	l.grow("g/1")
	if err := l.store.AddCheckpoint(t.Context(), forged(t)["of another key"]); err != nil {
		t.Fatal(err)
	}
	asked := false
	hook := func() { asked = true }
	o.before.Store(&hook)
	l.runner.Round(t.Context())
	if asked {
		t.Error("the witness was asked")
	}
}

func TestOnlyGoodCosignaturesAreServed(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	l := start(t, database(t), o.witnessed())
	l.runner.Round(t.Context())
	l.grow("g/1")
	good := l.published().Note
	line, ok := checkpoint.Line(good, o.key)
	if !ok {
		t.Fatal("not cosigned")
	}
	for i, bad := range []string{"— witness.test AAAA", "— stranger " + line[strings.LastIndex(line, " ")+1:], "— x", line[:len(line)-6] + "AAAAA="} {
		c := checkpoint.Cosignature{Size: 1, Witness: fmt.Sprintf("by hand %d", i), KeyID: 1, Line: bad}
		if err := l.store.AddCosignature(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.published(); !bytes.Equal(got.Note, good) || len(got.Cosignatures) != 5 {
		t.Errorf("%d lines, served\n%s", len(got.Cosignatures), got.Note)
	}
}

func TestAFileThatTheLedgerHasNotSignedKeepsItFromStarting(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	l := start(t, database(t), o.filed())
	l.grow("g/1")
	beginWith(t, l, o.file, forged(t)["of another key"].Note)
}
