package publish_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

func TestAWitnessThatIsDownHoldsNothingUpWhereTheFileAgrees(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	db := database(t)
	start(t, db, o.filed()).grow("g/1")
	o.down.Store(true)
	l := start(t, db, o.both())
	l.runner.Round(t.Context())
	for i := range 3 {
		l.grow(fmt.Sprintf("down/%d", i))
		l.now = l.now.Add(time.Hour)
	}
	candidates := []note.Verifier{key(t, 1), o.key}
	if err := signedBy(l.published().Note, candidates, key(t, 1)); err != nil {
		t.Error(err)
	}
	o.down.Store(false)
	l.now = l.now.Add(time.Hour)
	l.runner.Round(t.Context())
	all, err := l.store.Checkpoints(t.Context(), -1, 100)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d checkpoints, %v, want 4", len(all), err)
	}
	for _, c := range all { // also those that were published meanwhile
		if err := signedBy(l.runner.Publisher().Signed(c), candidates, candidates...); err != nil {
			t.Errorf("size %d: %v", c.Size, err)
		}
	}
}

func TestWithoutAFilePostingWaitsForTheWitness(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	o.down.Store(true)
	l := start(t, database(t), o.witnessed())
	l.runner.Round(t.Context())
	if err := l.post("g/1"); !fault.Is(err, publish.Unreachable) {
		t.Errorf("post: %v, want %s", err, publish.Unreachable)
	}
	if _, err := l.runner.Publisher().Latest(t.Context()); !fault.Is(err, "NO_CHECKPOINT") {
		t.Errorf("checkpoint: %v, want NO_CHECKPOINT", err)
	}
	o.down.Store(false)
	l.runner.Round(t.Context()) // too early to ask again
	if err := l.post("g/1"); !fault.Is(err, publish.Unreachable) {
		t.Errorf("post: %v, want %s", err, publish.Unreachable)
	}
	l.now = l.now.Add(time.Minute)
	l.runner.Round(t.Context())
	l.grow("g/1")
	if err := signedBy(l.published().Note, []note.Verifier{o.key}, o.key); err != nil {
		t.Error(err)
	}
}

// A replica that comes with the checkpoint of yesterday while another brings that
// of today is not behind: it looks again.
func TestAReplicaThatIsSlowerThanAnotherIsNotBehind(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	db := database(t)
	one := start(t, db, o.witnessed())
	one.runner.Round(t.Context())
	one.grow("g/1")
	two := start(t, db, o.witnessed())
	overtake := func() { one.grow("g/2") }
	o.before.Store(&overtake)
	two.runner.Round(t.Context())
	two.grow("g/3")
	if c := two.published(); c.Size != 3 {
		t.Errorf("published %d, want 3", c.Size)
	}
}

func TestAPolicyThatCannotBeReachedIsRefused(t *testing.T) {
	t.Parallel()
	o := remember(t, 1)
	cosigner, err := checkpoint.NewCosigner("other.test", seed(9), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("witness one %s\nquorum one\n", cosigner.VerifierKey()) // no address
	policy, err := checkpoint.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := publish.New(publish.Options{Policy: &policy}); err == nil {
		t.Error("a policy without addresses was taken")
	}
	if o.policy.Reached(nil) || !o.policy.Reached(map[string]bool{"one": true}) {
		t.Error("a quorum of one is reached by one, not by none")
	}
}
