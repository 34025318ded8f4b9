package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

func TestManyCallersMakeOneUnbrokenLog(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	// Given two committers on one ledger, as two replicas have
	committers := []*store.Committer{store.NewCommitter(s, quiet(), time.Now), store.NewCommitter(s, quiet(), time.Now)}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 10 {
				u := unit(t, booktest.Gift(fmt.Sprintf("g/%d/%d", i, j), 100))
				if _, err := committers[i%2].Commit(context.Background(), u); err != nil {
					t.Errorf("commit: %v", err)
				}
			}
		})
	}
	wg.Wait()
	committers[0].Stop()
	committers[1].Stop()

	if n := audit(t, s); n != 640 {
		t.Errorf("log has %d leaves, want 640", n)
	}
}

func TestExactlyWhatAFundHoldsIsPaid(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	defer c.Stop()
	// Given a fund that holds exactly 60 payments, when 100 workers pay from it
	if _, err := c.Commit(t.Context(), unit(t, booktest.Gift("g", 6000))); err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 100)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			_, err := c.Commit(context.Background(), unit(t, booktest.Draft(leaf.Clearing, fmt.Sprintf("c/%d", i),
				booktest.Debit("fund:general:clearing", 100), booktest.Credit("fund:general:available", 100))))
			if err != nil {
				refused <- err
			}
		})
	}
	wg.Wait()

	// Then exactly 60 succeed, and the others are told why.
	if len(refused) != 40 {
		t.Errorf("%d were refused, want 40", len(refused))
	}
	for range len(refused) {
		if err := <-refused; !fault.Is(err, book.InsufficientFunds) {
			t.Errorf("refused with %v", err)
		}
	}
	audit(t, s)
}

func TestSameReferenceAtOnceIsBookedOnce(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	committers := []*store.Committer{store.NewCommitter(s, quiet(), time.Now), store.NewCommitter(s, quiet(), time.Now)}
	var wg sync.WaitGroup
	var mu sync.Mutex
	first := 0
	for i := range 64 {
		wg.Go(func() {
			r, err := committers[i%2].Commit(context.Background(), unit(t, booktest.Gift("same", 100)))
			if err != nil {
				t.Errorf("commit: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if !r.Replayed[0] {
				first++
			}
		})
	}
	wg.Wait()
	committers[0].Stop()
	committers[1].Stop()
	if n := audit(t, s); n != 1 || first != 1 {
		t.Errorf("%d leaves, %d first results, want 1 and 1", n, first)
	}
}

func TestFullQueuePushesBack(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	defer c.Stop()
	pileUp(t, db, c, func(pushed <-chan error, _ context.CancelFunc) {
		// Then those who do not fit are told to come back, at once.
		select {
		case err := <-pushed:
			if f := fault.As(err); f == nil || f.Kind != fault.Exhausted || f.RetryAfter == 0 {
				t.Errorf("pushed back with %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Error("nobody was pushed back")
		}
		if w := c.Waiting(); w > store.MaxQueue {
			t.Errorf("queue grew to %d", w)
		}
	})
	audit(t, s)
}

func TestWithoutItsLimitTheQueueGrows(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	defer c.Stop()
	c.WithoutQueueLimit()
	pileUp(t, db, c, func(pushed <-chan error, giveUp context.CancelFunc) {
		defer giveUp() // booking all that takes long
		for begun := time.Now(); c.Waiting() <= store.MaxQueue; time.Sleep(time.Millisecond) {
			if len(pushed) > 0 || time.Since(begun) > 10*time.Second {
				t.Errorf("%d pushed back, %d are waiting", len(pushed), c.Waiting())
				return
			}
		}
	})
}

// pileUp has more calls wait for a log, whose lock somebody else holds, than the
// queue takes; then looks, lets the lock go and waits for all.
func pileUp(t *testing.T, db *postgres.DB, c *store.Committer, then func(pushed <-chan error, giveUp context.CancelFunc)) {
	t.Helper()
	held := errors.New("held")
	calls, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	var wg sync.WaitGroup
	err := db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM head WHERE ledger_id = 1 FOR UPDATE`); err != nil {
			return err
		}
		pushed := make(chan error, 1000)
		for i := range 100 {
			var drafts []book.Draft
			for j := range 300 {
				drafts = append(drafts, booktest.Gift(fmt.Sprintf("g/%d/%d", i, j), 1))
			}
			u := unit(t, drafts...)
			wg.Go(func() {
				if _, err := c.Commit(calls, u); err != nil {
					pushed <- err
				}
			})
		}
		then(pushed, giveUp)
		return held
	})
	if !errors.Is(err, held) {
		t.Fatal(err)
	}
	wg.Wait()
}

func TestCulpritOfADatabaseErrorStandsAlone(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	// Given a database that chokes on one source
	if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), `ALTER TABLE transactions ADD CHECK (source <> 'donations/d_bad')`); err != nil {
		t.Fatal(err)
	}
	c := store.NewCommitter(s, quiet(), time.Now)
	defer c.Stop()
	var wg sync.WaitGroup
	for i := range 32 {
		d := booktest.Gift(fmt.Sprintf("g/%d", i), 1)
		if i == 7 {
			d.Source = "donations/d_bad"
		}
		wg.Go(func() {
			_, err := c.Commit(context.Background(), unit(t, d))
			if (err != nil) != (i == 7) || fault.As(err) != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if n := audit(t, s); n != 31 {
		t.Errorf("log has %d leaves, want 31", n)
	}
}

func TestStoppedCommitterRefusesAndLosesNothing(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	var wg sync.WaitGroup
	var mu sync.Mutex
	booked := 0
	for i := range 50 {
		wg.Go(func() {
			_, err := c.Commit(context.Background(), unit(t, booktest.Gift(fmt.Sprintf("g/%d", i), 1)))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				booked++
			case !fault.Is(err, "STOPPING"):
				t.Errorf("commit: %v", err)
			}
		})
	}
	c.Stop()
	wg.Wait()
	if n := audit(t, s); n != int64(booked) {
		t.Errorf("log has %d leaves, %d were acknowledged", n, booked)
	}
}

func TestDamagedTilesAreNotGrown(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	if _, _, err := s.Batch(t.Context(), []book.Unit{unit(t, booktest.Gift("a", 1), booktest.Gift("b", 1))}, store.Memory{}); err != nil {
		t.Fatal(err)
	}
	if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), `ALTER TABLE tiles DISABLE TRIGGER USER;
		UPDATE tiles SET hashes = set_byte(hashes, 3, 255 - get_byte(hashes, 3))`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Batch(t.Context(), []book.Unit{unit(t, booktest.Gift("c", 1))}, store.Memory{}); err == nil {
		t.Error("the log grew over a damaged tile")
	}
}

// The tests above must be able to see writers that do not wait for each other.
func TestWithoutTheLockWritersCollide(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	s.WithoutLock()
	committers := []*store.Committer{store.NewCommitter(s, quiet(), time.Now), store.NewCommitter(s, quiet(), time.Now)}
	var wg sync.WaitGroup
	var failed sync.Map
	for i := range 32 {
		wg.Go(func() {
			for j := range 20 {
				if _, err := committers[i%2].Commit(context.Background(), unit(t, booktest.Gift(fmt.Sprintf("g/%d/%d", i, j), 100))); err != nil {
					failed.Store(i, err)
					return
				}
			}
		})
	}
	wg.Wait()
	committers[0].Stop()
	committers[1].Stop()
	collided := false
	failed.Range(func(any, any) bool { collided = true; return false })
	if !collided {
		t.Error("nothing collided")
	}
}
