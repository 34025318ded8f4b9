package publish_test

import (
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

// second are the options of a replica that wants the second key.
func second(o *outside) publish.Options {
	options := o.witnessed()
	options.Generation = 2
	return options
}

func TestAKeyIsRotatedByADecisionAndOneCheckpointOfBothKeys(t *testing.T) {
	t.Parallel()
	o := remember(t, 1, 2)
	db := database(t)
	old := start(t, db, o.witnessed())
	old.runner.Round(t.Context())
	old.grow("g/1")
	fresh := start(t, db, second(o))
	fresh.runner.Round(t.Context()) // asks the witness
	fresh.runner.Round(t.Context()) // rotates and publishes
	one, two := key(t, 1), key(t, 2)
	candidates := []note.Verifier{one, two, o.key}
	if err := signedBy(fresh.published().Note, candidates, one, two, o.key); err != nil {
		t.Errorf("the first checkpoint after the rotation: %v", err)
	}
	for _, v := range []note.Verifier{one, two} {
		if c, _, err := checkpoint.Open(fresh.published().Note, v); err != nil || c.Size != 2 {
			t.Errorf("%+v, %v", c, err)
		}
	}
	old.grow("g/2") // by a replica that was never told: the books say who signs
	if err := signedBy(old.published().Note, candidates, two, o.key); err != nil {
		t.Errorf("the next checkpoint: %v", err)
	}
	want := []checkpoint.SigningKey{{Generation: 1, VerifierKey: text(t, 1)}, {Generation: 2, VerifierKey: text(t, 2), FirstSize: 2, Endorsement: endorsed(t, 2)}}
	for size, current := range map[int64]string{1: text(t, 1), 2: text(t, 2), 3: text(t, 2)} {
		keys, got, err := old.runner.Publisher().Keys(t.Context(), size)
		if err != nil || got != current || len(keys) != 2 || keys[0] != want[0] || keys[1] != want[1] {
			t.Errorf("at %d: %+v, %s, %v", size, keys, got, err)
		}
	}
}

// endorsed is what the key before a generation says of it.
func endorsed(t *testing.T, generation int) string {
	t.Helper()
	old, err := checkpoint.NewSigner(origin, seed(generation-1))
	if err != nil {
		t.Fatal(err)
	}
	out, err := checkpoint.Endorse(old, generation, text(t, generation))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// text is a verifier key as text.
func text(t *testing.T, generation int) string {
	t.Helper()
	s, err := checkpoint.NewSigner(origin, seed(generation))
	if err != nil {
		t.Fatal(err)
	}
	return s.VerifierKey()
}

func TestReplicasThatRotateAtOnceRotateOnce(t *testing.T) {
	t.Parallel()
	db := database(t)
	var all sync.WaitGroup
	for range 4 {
		l := start(t, db, publish.Options{Generation: 2})
		all.Go(func() { l.runner.Round(t.Context()) })
	}
	all.Wait()
	l := start(t, db, publish.Options{Generation: 2})
	l.runner.Round(t.Context())
	if n := l.size(); n != 1 {
		t.Errorf("%d leaves, want 1", n)
	}
	for booked, err := range leavesOf(t, l) {
		d := booked.Decision
		if err != nil || d == nil || d.Kind != leaf.DecisionSigningKeyRotated || d.Person != "" ||
			d.Resource != "ledger/main/keys/"+text(t, 2)[len(origin)+1:len(origin)+9] || d.Commitment != sha256.Sum256([]byte(text(t, 2))) {
			t.Errorf("%+v, %v", d, err)
		}
	}
	// The empty log was never published: the first checkpoint is of both keys.
	if err := signedBy(l.published().Note, []note.Verifier{key(t, 1), key(t, 2)}, key(t, 1), key(t, 2)); err != nil {
		t.Error(err)
	}
}

// leavesOf decodes all leaves.
func leavesOf(t *testing.T, l *ledger) map[leaf.Leaf]error {
	t.Helper()
	found := map[leaf.Leaf]error{}
	rows, err := l.db.Pool.Query(t.Context(), `SELECT bytes FROM leaves ORDER BY sequence`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			t.Fatal(err)
		}
		booked, err := leaf.Decode(raw)
		found[booked] = err
	}
	return found
}

func TestGenerationsAreNotSkipped(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{Generation: 3})
	l.grow("g/1")
	if n := l.size(); n != 1 || l.published().Size != 1 {
		t.Errorf("%d leaves, %d published, want 1", n, l.published().Size)
	}
}

// A witness that was not told the new key answers no more, but stops nothing.
func TestAWitnessWithoutTheNewKeyStopsNothing(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	db := database(t)
	options := second(o)
	options.File = o.file
	start(t, db, o.filed()).grow("g/1")
	l := start(t, db, options)
	l.runner.Round(t.Context()) // of both keys: cosigned
	if err := signedBy(l.published().Note, []note.Verifier{o.key}, o.key); err != nil {
		t.Error(err)
	}
	l.grow("g/2")
	if err := signedBy(l.published().Note, []note.Verifier{o.key, key(t, 1)}); err != nil {
		t.Error(err)
	}
	l.now = l.now.Add(time.Hour)
	l.grow("g/3")
}

// A row beside the decision is not enough: nobody but the old key lets the next one
// sign.
func TestAKeyThatTheOldOneHasNotEndorsedDoesNotSign(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{})
	l.grow("g/1")
	if rotated, err := l.store.RotateKey(t.Context(), 2, text(t, 2), endorsed(t, 3), leaf.DayOf(l.now)); err != nil || !rotated {
		t.Fatal(rotated, err)
	}
	l.runner.Round(t.Context())
	if c, err := l.runner.Publisher().Latest(t.Context()); err == nil || l.publishedSize() != 1 {
		t.Errorf("%d, %v", c.Size, err)
	}
}

// An old key alone signs nothing of the time after it, though it is ours.
func TestARowThatAnOldKeyHasSignedAloneIsNotServed(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{Generation: 2})
	l.grow("g/1")
	l.runner.Round(t.Context())
	old, err := checkpoint.NewSigner(origin, seed(1))
	if err != nil {
		t.Fatal(err)
	}
	row := checkpoint.Published{Head: merkle.Head{Size: 9}, PublishedOn: leaf.DayOf(l.now)}
	if row.Note, err = checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Size: 9}, old); err != nil {
		t.Fatal(err)
	}
	if err := l.store.AddCheckpoint(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	if c, err := l.runner.Publisher().Latest(t.Context()); err != nil || c.Size != 2 {
		t.Errorf("%d, %v", c.Size, err)
	}
}

func TestOtherSecretsThanThoseOfTheBooksDoNotSign(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{})
	l.grow("g/1")
	k, err := publish.New(publish.Options{
		Store: l.store, Origin: origin, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Seed: func(int) []byte { return seed(7) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Begin(t.Context()); !errors.Is(err, publish.ErrOtherKeys) {
		t.Errorf("begin: %v", err)
	}
}
