package publish_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

// refused checks that a replica neither books nor signs, but goes on reading.
func refused(t *testing.T, l *ledger, reason fault.Reason) {
	t.Helper()
	size, before := l.size(), l.published()
	if err := l.post("refused"); !fault.Is(err, reason) || !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("post: %v, want %s", err, reason)
	}
	l.now = l.now.Add(48 * time.Hour)
	l.runner.Round(t.Context())
	read, err := l.runner.Publisher().Latest(t.Context())
	if err != nil || read.Size != before.Size || l.published().Size != before.Size {
		t.Errorf("signed %d after %d, %v", l.published().Size, before.Size, err)
	}
	if l.size() != size {
		t.Errorf("the log grew from %d to %d", size, l.size())
	}
}

// history publishes one gift, takes a backup, and publishes two more.
func history(t *testing.T, o *outside) (original *ledger, older func() *ledger, copyOf func() *ledger) {
	t.Helper()
	original = start(t, database(t), o.both())
	original.runner.Round(t.Context()) // hears from the witness, which opens the gate
	original.grow("g/1")
	copied := backup(t, original.db)
	original.grow("g/2", "g/3")
	if c := original.published(); c.Size != 3 {
		t.Fatalf("published %d, want 3", c.Size)
	}
	return original, func() *ledger { return start(t, copied, o.witnessed()) },
		func() *ledger { return start(t, copied, o.filed()) }
}

func TestAnOlderCopyIsRefusedByItsWitness(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	original, older, _ := history(t, o)
	if err := signedBy(original.published().Note, []note.Verifier{key(t, 1), o.key}, key(t, 1), o.key); err != nil {
		t.Error(err)
	}
	if c, err := o.policy.Check(original.published().Note, key(t, 1)); err != nil || c.Size != 3 { // as auditors check it
		t.Errorf("%+v, %v", c, err)
	}
	l := older()
	if err := l.post("early"); !fault.Is(err, publish.Unreachable) {
		t.Errorf("before the witness has answered: %v", err)
	}
	l.runner.Round(t.Context())
	refused(t, l, publish.Behind)
	original.grow("g/4") // and the original goes on
	if c := original.published(); c.Size != 4 {
		t.Errorf("the original published %d, want 4", c.Size)
	}
}

func TestAnOlderCopyIsRefusedByTheFile(t *testing.T) {
	t.Parallel()
	_, _, older := history(t, remember(t, 1))
	refused(t, older(), publish.Behind)
}

// With the protection off the older copy signs a second history: both trees of
// three leaves carry the log's signature.
func TestWithoutTheGateAnOlderCopySignsAFork(t *testing.T) {
	t.Parallel()
	original, _, older := history(t, remember(t, 1))
	l := older()
	l.runner.Gate().Off()
	l.grow("other/2", "other/3")
	one, two := original.published(), l.published()
	if one.Size != two.Size || one.Root == two.Root {
		t.Fatalf("%d and %d leaves, the same root: %t", one.Size, two.Size, one.Root == two.Root)
	}
	for _, c := range [][]byte{one.Note, two.Note} {
		if _, _, err := checkpoint.Open(c, key(t, 1)); err != nil {
			t.Error(err)
		}
	}
}

func TestALongerForkIsRefusedByWitnessAndFile(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	_, older, _ := history(t, o)
	fork := older()
	fork.runner.Gate().Off()
	fork.grow("other/2", "other/3", "other/4", "other/5")
	for name, options := range map[string]publish.Options{"witness": o.witnessed(), "file": o.filed(), "both": o.both()} {
		l := start(t, fork.db, options)
		l.runner.Round(t.Context())
		t.Log(name)
		refused(t, l, publish.Behind)
	}
}

// A file that was restored together with the database agrees; the witness knows
// better as soon as it is reached.
func TestAWitnessThatComesBackStopsAnOlderCopy(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	original := start(t, database(t), o.both())
	original.runner.Round(t.Context())
	original.grow("g/1")
	copied, text := backup(t, original.db), read(t, o.file)
	original.grow("g/2", "g/3")
	if err := os.WriteFile(o.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	o.down.Store(true)
	l := start(t, copied, o.both())
	l.runner.Round(t.Context())
	l.grow("other/2")
	o.down.Store(false)
	l.now = l.now.Add(time.Hour)
	l.runner.Round(t.Context())
	refused(t, l, publish.Behind)
}

// A machine that is set back as a whole, file and all, is told by the witness before
// anything is booked or signed, be it only a new key.
func TestAnOlderMachineIsRefusedByItsWitness(t *testing.T) {
	t.Parallel()
	o := remember(t, 1, 2)
	original := start(t, database(t), o.both())
	original.runner.Round(t.Context())
	original.grow("g/1")
	copied, text := backup(t, original.db), read(t, o.file)
	original.grow("g/2")
	if err := os.WriteFile(o.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	options := o.both()
	options.Generation = 2
	l := start(t, copied, options)
	if err := l.post("early"); !fault.Is(err, publish.Unreachable) {
		t.Errorf("before the witness was asked: %v", err)
	}
	l.runner.Round(t.Context())
	if n := l.size(); n != 1 {
		t.Errorf("%d leaves, want 1", n)
	}
	refused(t, l, publish.Behind)
}

func TestADatabaseThatFallsBackUnderTheRunningLedgerIsNoticed(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{})
	l.grow("g/1", "g/2")
	// Another tree of the same size, as after a failover to a server that had
	// neither leaf and got others since.
	owner := ownerOf(t, l.db)
	for _, statement := range []string{
		`ALTER TABLE tiles DISABLE TRIGGER USER`,
		`UPDATE tiles SET hashes = decode(repeat('ab', 64), 'hex')`,
	} {
		if _, err := owner.Pool.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	l.runner.Round(t.Context())
	refused(t, l, publish.Behind)
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAFileThatIsNotOfThisLogKeepsTheLedgerFromStarting(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	original, _, _ := history(t, o)
	for name, text := range map[string]string{
		"not a checkpoint": "hello", "of another log": strings.Replace(string(read(t, o.file)), origin, "example.org/other", 1),
	} {
		t.Log(name)
		beginWith(t, original, o.file, []byte(text))
	}
}

// beginWith starts a replica with a file of other words, which must fail.
func beginWith(t *testing.T, l *ledger, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".wrong", text, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := publish.New(publish.Options{
		File: path + ".wrong", Store: l.store, Origin: origin, Seed: seed, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Begin(t.Context()); err == nil {
		t.Error("the file was taken")
	}
}
