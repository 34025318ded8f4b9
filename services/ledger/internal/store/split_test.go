package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// slow is a database that takes its time and then fails, as with a lock or a disk
// that it waits for. It tells nobody who is to blame.
type slow struct {
	takes time.Duration
	tries []try
}

// try is one attempt to book a batch.
type try struct {
	calls    int
	at, ends time.Time // when it began, and its deadline
}

func (s *slow) batch(ctx context.Context, units []book.Unit, m store.Memory) ([]store.Outcome, store.Memory, error) {
	ends, _ := ctx.Deadline()
	s.tries = append(s.tries, try{len(units), time.Now(), ends})
	select {
	case <-time.After(s.takes):
		return nil, m, errors.New("statement failed")
	case <-ctx.Done():
		return nil, m, ctx.Err()
	}
}

// split has one batch of 16 calls fail; each is given so long. It returns what they
// were told, and when the last one was.
func (s *slow) split(t *testing.T, patience func(call int) time.Duration) (told []error, took time.Duration) {
	t.Helper()
	c := store.NewCommitterOf(s.batch, quiet())
	defer c.Stop()
	begun := time.Now()
	var wg sync.WaitGroup
	told = make([]error, 16)
	// The first call is a batch of its own, and lets the others wait for the next.
	wg.Go(func() { _, _ = c.Commit(context.Background(), unit(t, booktest.Gift("first", 1))) })
	synctest.Wait()
	for i := range told {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience(i))
			defer cancel()
			_, told[i] = c.Commit(ctx, unit(t, booktest.Gift(fmt.Sprintf("g/%d", i), 1)))
		})
		synctest.Wait() // so that they wait in order
	}
	wg.Wait()
	return told, time.Since(begun) - s.takes
}

// However long the search for a culprit takes: everybody hears before they give up,
// and all halves have the time of the whole.
func TestASplitBatchIsOverBeforeItsCallersGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 3 * time.Second}
		const callers = 10 * time.Second
		told, took := s.split(t, func(int) time.Duration { return s.takes + callers })
		if took >= callers {
			t.Errorf("it took %s, longer than callers wait", took)
		}
		untried := 0
		for i, err := range told {
			if err == nil || errors.Is(err, context.DeadlineExceeded) && took >= callers {
				t.Errorf("call %d: %v", i, err)
			}
			if f := fault.As(err); f != nil && f.Kind == fault.Unavailable && f.Reason == postgres.Busy {
				untried++
			}
		}
		if untried == 0 {
			t.Errorf("nobody was told to try again: %v", told)
		}
		for i, try := range s.tries[1:] {
			if !try.ends.Equal(s.tries[1].ends) || !try.at.Before(try.ends) {
				t.Errorf("attempt %d began at %s and may last until %s, the batch until %s", i, try.at, try.ends, s.tries[1].ends)
			}
		}
	})
}

func TestWhoHasGivenUpIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slow{takes: 3 * time.Second}
		// Given a first half that gives up while the whole batch is tried
		told, _ := s.split(t, func(call int) time.Duration {
			if call < 8 {
				return s.takes + 2*time.Second
			}
			return time.Minute
		})
		for i, err := range told[:8] {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("call %d: %v", i, err)
			}
		}
		// then only calls of the other half are tried after it.
		var calls []int
		for _, try := range s.tries[1:] {
			calls = append(calls, try.calls)
		}
		if diff := cmp.Diff([]int{16, 8, 4}, calls); diff != "" {
			t.Errorf("tried (-want +got):\n%s", diff)
		}
	})
}
