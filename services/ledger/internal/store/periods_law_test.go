package store_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Whatever is booked, on whatever days, and wherever closes fall in between: each
// transaction stands on its own day or on the first open one, and an outsider
// finds the figures of every close right.
func TestAnySequenceOfPostingsAndClosesIsRight(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	ledgers := 0
	rapid.Check(t, func(t *rapid.T) {
		ledgers++
		s, err := store.Open(context.Background(), db, fmt.Sprintf("any-%d", ledgers))
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		s.WithoutRoles()
		p := store.NewPeriods(s)
		var open leaf.Day // the first open day, as it must be
		for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
			day := today - leaf.Day(rapid.IntRange(0, 9).Draw(t, "day"))
			if i == 0 || rapid.IntRange(0, 3).Draw(t, "close") > 0 {
				x := bookAll(t, s, on(day, fmt.Sprintf("r/%d", i), int64(i+1)))[0].Transaction
				if x.BookingDate != max(day, open) {
					t.Fatalf("of %s, open from %s, booked on %s", day, open, x.BookingDate)
				}
				continue
			}
			first, err := p.Open(context.Background())
			if err != nil {
				t.Fatalf("first open day: %v", err)
			}
			if day < first || day >= today {
				continue
			}
			c := propose(t, p, day)
			if out := batch(t, s, closing(t, c)); out[0].Err != nil {
				t.Fatalf("close: %v", out[0].Err)
			}
			open = day + 1
		}
		audit(t, s)
	})
}

// race closes a month while others book in it, until it succeeds. It returns how often
// that was proposed.
func race(t *testing.T, s *store.Store) (proposals int) {
	t.Helper()
	p := store.NewPeriods(s)
	bookAll(t, s, on(month-9, "a", 100))
	c := store.NewCommitter(s, quiet(), time.Now)
	defer c.Stop()
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 25 {
				if _, err := c.Commit(context.Background(), unit(t, on(month, fmt.Sprintf("w/%d/%d", w, i), 1))); err != nil {
					t.Errorf("post: %v", err)
				}
			}
		})
	}
	for refused := true; refused; {
		proposals++
		proposal := propose(t, p, month)
		_, err := c.Commit(context.Background(), closing(t, proposal))
		if refused = fault.Is(err, "FIGURES_CHANGED"); !refused {
			if err != nil {
				t.Errorf("close: %v", err)
			}
			break
		}
		if err := p.Reject(context.Background(), proposal.ID, "staff/s_2", today); err != nil {
			t.Fatal(err)
		}
	}
	writers.Wait()
	return proposals
}

func TestACloseAmongWritersHasTheFiguresOfItsPeriod(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	proposals := race(t, s)
	if size := audit(t, s); size != 103+int64(proposals) {
		t.Errorf("%d leaves and %d proposals", size, proposals)
	}
}

// What stops such closes is the look under the lock: without it they are wrong.
func TestWithoutTheLookUnderTheLockACloseWouldBeWrong(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	s.WithoutLook()
	p := store.NewPeriods(s)
	bookAll(t, s, on(month-9, "a", 100))
	c := propose(t, p, month)
	bookAll(t, s, on(month, "meanwhile", 1))
	if out := batch(t, s, closing(t, c)); out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	var said hearing
	said.audit(s)
	if !strings.Contains(string(said), "figures are not the balances") {
		t.Errorf("the verifier says %q", said)
	}
}

// hearing is what an audit says where it fails.
type hearing string

func (h *hearing) Helper() {}

// Fatalf notes what is said and ends the audit.
func (h *hearing) Fatalf(format string, args ...any) {
	*h = hearing(fmt.Sprintf(format, args...))
	panic(h)
}

func (h *hearing) audit(s *store.Store) {
	defer func() {
		if p := recover(); p != nil && p != any(h) {
			panic(p)
		}
	}()
	audit(h, s)
}

// A superuser can rewrite what two persons have seen, but not the decision that
// commits to it: whoever reads the log is told.
func TestAReviewThatWasRewrittenAfterwardsIsNotGivenOutAsConfirmed(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	p := store.NewPeriods(s)
	bookAll(t, s, on(month, "a", 100))
	c := propose(t, p, month)
	if out := batch(t, s, closing(t, c)); out[0].Err != nil {
		t.Fatal(out[0].Err)
	}
	audit(t, s)
	owner := postgrestest.Owner(t, db)
	if _, err := owner.Pool.Exec(t.Context(), `ALTER TABLE periods DISABLE TRIGGER USER,
		DROP CONSTRAINT periods_decided, DROP CONSTRAINT periods_days`); err != nil {
		t.Fatal(err)
	}
	for change, says := range map[string]string{
		`review = jsonb_set(review, '{Banks}', '[{"Path": "asset:bank:main", "Currency": "EUR", "Books": 1, "Outside": 1}]')`: "PERIOD_CLOSED decision commits to",
		`review = jsonb_set(review, '{Items}', '[{"Path": "suspense:x", "Currency": "EUR", "Balance": 1}]')`:                  "PERIOD_CLOSED decision commits to",
		`review = '{}'`:                     "PERIOD_CLOSED decision commits to",
		`review = '[]'`:                     "cannot be read",
		`size = size + 1`:                   "PERIOD_CLOSED decision commits to",
		`proposed_on = 'infinity'`:          "cannot be read",
		`proposed_on = proposed_on + 1`:     "PERIOD_CLOSED decision commits to",
		`proposer = 'staff/s_9'`:            "says something else",
		`period = period || 'x'`:            "says something else",
		`accounts = accounts + 1`:           "says something else",
		`last_day = last_day - 1`:           "says something else",
		`decider = NULL, decided_on = NULL`: "says something else",
	} {
		if words := rewritten(t, s, owner, change); !strings.Contains(words, says) {
			t.Errorf("%s: %q, want %q", change, words, says)
		}
	}
	audit(t, s)
}

// rewritten returns what stands in place of the close after a change of its row,
// which is undone.
func rewritten(t *testing.T, s *store.Store, owner *postgres.DB, change string) (words string) {
	t.Helper()
	exec := func(statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if _, err := owner.Pool.Exec(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	exec(`CREATE TABLE kept AS SELECT `+periodRow+` FROM periods`, `UPDATE periods SET `+change)
	if err := s.Leaves(t.Context(), 3, 1, func(raw []byte) error {
		words, _ = leaf.IsGap(raw)
		return nil
	}); err != nil {
		t.Fatalf("%s: %v", change, err)
	}
	exec(`DELETE FROM periods`, `INSERT INTO periods (`+periodRow+`) SELECT * FROM kept`, `DROP TABLE kept`)
	return words
}

// periodRow are the columns of periods but the number, which the database gives.
const periodRow = `ledger_id, period, first_day, last_day, state, proposer, decider, proposed_on, decided_on, sequence, size,
	accounts, trial_balance, review`
