package store_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// publish stores a checkpoint of a size, whose note is made up.
func publish(t *testing.T, s *store.Store, size int64) {
	t.Helper()
	c := checkpoint.Published{Head: merkle.Head{Size: size, Root: [32]byte{byte(size)}}, Note: fmt.Appendf(nil, "note %d\n", size), PublishedOn: today}
	if err := s.AddCheckpoint(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// notes reads the notes of checkpoints.
func notes(t *testing.T, s *store.Store, after int64, limit int) []string {
	t.Helper()
	found, err := s.Checkpoints(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range found {
		if c.PublishedOn != today || c.Root != [32]byte{byte(c.Size)} {
			t.Errorf("checkpoint %+v", c)
		}
		text := string(c.Note)
		for _, line := range c.Cosignatures {
			text += line + "\n"
		}
		out = append(out, text)
	}
	return out
}

func TestCheckpointsOnlyGrow(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	for _, size := range []int64{0, 3, 7, 5, 7, 9} { // 5 comes late, from a slower replica
		publish(t, s, size)
	}
	if diff := cmp.Diff([]string{"note 0\n", "note 3\n", "note 7\n", "note 9\n"}, notes(t, s, -1, 10)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"note 3\n", "note 7\n"}, notes(t, s, 0, 2)); diff != "" {
		t.Error(diff)
	}
	if latest, there, err := s.LatestCheckpoint(t.Context()); err != nil || !there || latest.Size != 9 {
		t.Errorf("%+v, %t, %v", latest, there, err)
	}
	if other := found(t, db, "other"); len(notes(t, other, -1, 10)) != 0 {
		t.Error("the checkpoints of one ledger are those of another")
	}
}

func TestCosignaturesAreMergedAndTheFirstStays(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	for size := range int64(4) {
		publish(t, s, size)
	}
	for _, c := range []checkpoint.Cosignature{
		{Size: 1, Witness: "w.test/b", KeyID: 0xb, Line: "— w.test/b BBBB"},
		{Size: 1, Witness: "w.test/a", KeyID: 0xa, Line: "— w.test/a AAAA"},
		{Size: 1, Witness: "w.test/a", KeyID: 0xa, Line: "— w.test/a again"},
		{Size: 2, Witness: "w.test/a", KeyID: 0xa, Line: "— w.test/a AAAA"},
	} {
		if err := s.AddCosignature(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"note 0\n", "note 1\n— w.test/a AAAA\n— w.test/b BBBB\n", "note 2\n— w.test/a AAAA\n", "note 3\n"}
	if diff := cmp.Diff(want, notes(t, s, -1, 10)); diff != "" {
		t.Error(diff)
	}
	for witness, want := range map[string]struct{ pending, last int64 }{"w.test/a": {1, 2}, "w.test/b": {2, 1}, "w.test/c": {4, 0}} {
		id := uint32(witness[len(witness)-1]-'a') + 0xa
		pending, last, err := s.Uncosigned(t.Context(), witness, id, 10)
		if err != nil || int64(len(pending)) != want.pending || last != want.last {
			t.Errorf("%s: %d pending after %d, %v, want %+v", witness, len(pending), last, err, want)
		}
	}
	for _, bad := range []checkpoint.Cosignature{
		{Size: 9, Witness: "w.test/a", KeyID: 1, Line: "— w.test/a AAAA"},                   // was not published
		{Size: 1, Witness: "w.test/a", KeyID: 1, Line: "— w.test/a AAAA\n— w.test/b BBBB"},  // is two
		{Size: 1, Witness: "w.test/a", KeyID: 1, Line: "example.org/log\n1\nroot\n\n— w A"}, // is a note
		{Size: 1, Witness: "", KeyID: 1, Line: "— w.test/a AAAA"},                           // is nobody's
	} {
		if err := s.AddCosignature(t.Context(), bad); err == nil {
			t.Errorf("stored %+v", bad)
		}
	}
}

func TestSigningKeysFollowEachOther(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	ctx := t.Context()
	const one, two, three = "example.org/log+00000001+a", "example.org/log+00000002+b", "example.org/log+00000003+c"
	for _, k := range []string{one, two} { // the first stays
		if err := s.AddFirstKey(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.Batch(ctx, []book.Unit{unit(t, booktest.Gift("g", 1))}, store.Memory{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RotateKey(ctx, 3, three, "by two", today); err == nil {
		t.Error("a generation was skipped")
	}
	for i, want := range []bool{true, false} {
		if rotated, err := s.RotateKey(ctx, 2, two, "by one", today); err != nil || rotated != want {
			t.Errorf("time %d: %t, %v", i, rotated, err)
		}
	}
	if _, err := s.RotateKey(ctx, 3, two, "by two", today); err == nil {
		t.Error("a key came back")
	}
	if _, err := s.RotateKey(ctx, 3, three, "", today); err == nil {
		t.Error("a key came without an endorsement")
	}
	keys, err := s.SigningKeys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []checkpoint.SigningKey{{Generation: 1, VerifierKey: one}, {Generation: 2, VerifierKey: two, FirstSize: 2, Endorsement: "by one"}}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Error(diff)
	}
	if size := audit(t, s); size != 2 {
		t.Errorf("%d leaves, want 2", size)
	}
}

// The first look at a day counts, also for other replicas; what a row says of a day
// to come does not.
func TestALogIsLookedAtOnceInSomeDays(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO daily_looks VALUES (1, '2999-01-01', 99)`); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		day  leaf.Day
		days int
		want int64
	}{{today, 2, 0}, {today, 2, 0}, {today + 1, 2, 0}, {today + 2, 2, 3}, {today + 3, 1, 4}, {today + 2, 1, 3}} {
		got, err := s.DailyLook(t.Context(), c.day, c.days)
		if err != nil || got != c.want {
			t.Errorf("look %d: %d, %v, want %d", i, got, err, c.want)
		}
		if _, _, err := s.Batch(t.Context(), []book.Unit{unit(t, booktest.Gift(fmt.Sprint("g", i), 1))}, store.Memory{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCosignaturesAndKeysAreFinalAlsoByHand(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	owner := postgrestest.Owner(t, db)
	publish(t, s, 1)
	if err := s.AddFirstKey(t.Context(), "example.org/log+00000001+a"); err != nil {
		t.Fatal(err)
	}
	if err := s.AddCosignature(t.Context(), checkpoint.Cosignature{Size: 1, Witness: "w", KeyID: 1, Line: "— w A"}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`UPDATE cosignatures SET line = '— w B'`, `DELETE FROM cosignatures`, `TRUNCATE cosignatures`,
		`UPDATE signing_keys SET verifier_key = 'x'`, `DELETE FROM signing_keys`, `TRUNCATE signing_keys`,
		`UPDATE daily_looks SET size = 0`, `DELETE FROM daily_looks`,
		`UPDATE checkpoints SET note = 'x'`, `DELETE FROM checkpoints`,
	} {
		for who, pool := range map[string]*postgres.DB{"service": db, "owner": owner} {
			if _, err := pool.Pool.Exec(t.Context(), statement); err == nil {
				t.Errorf("allowed to the %s: %s", who, statement)
			}
		}
	}
}
