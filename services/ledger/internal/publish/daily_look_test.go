package publish_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

// After a quiet night the first gift of the day is not published that day, not by
// another replica and not after a start either: the checkpoint would tell when it
// came.
func TestTheFirstGiftAfterAQuietNightWaitsForTheNextDay(t *testing.T) {
	t.Parallel()
	for _, days := range []int{1, 3} {
		options := publish.Options{Days: days}
		l := start(t, database(t), options)
		l.grow("g/1")
		l.now = l.now.AddDate(0, 0, days)
		l.runner.Round(t.Context()) // looks, and finds nothing new
		l.grow("g/2")
		other := start(t, l.db, options)
		other.now = l.now
		for range 3 {
			for _, replica := range []*ledger{l, other} {
				if replica.runner.Round(t.Context()); replica.published().Size != 1 {
					t.Fatalf("published %d at %s", replica.published().Size, replica.now)
				}
				replica.now = replica.now.Add(time.Duration(days) * 3 * time.Hour)
			}
		}
		l.now = l.now.AddDate(0, 0, days)
		if l.runner.Round(t.Context()); l.published().Size != 2 {
			t.Errorf("published %d, want 2", l.published().Size)
		}
	}
}

// What was there at the turn of the day is published later that day too, but not
// what came since.
func TestWhatWasThereAtTheTurnOfTheDayIsPublishedAlone(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{Days: 1})
	l.grow("g/1")
	if err := l.post("g/2"); err != nil {
		t.Fatal(err)
	}
	tomorrow := l.now.AddDate(0, 0, 1)
	if _, err := l.db.Pool.Exec(t.Context(), `INSERT INTO daily_looks VALUES (1, $1, 2)`, tomorrow); err != nil { // and then killed
		t.Fatal(err)
	}
	if err := l.post("g/3"); err != nil {
		t.Fatal(err)
	}
	l.now = tomorrow
	if l.runner.Round(t.Context()); l.published().Size != 2 {
		t.Errorf("published %d, want 2", l.published().Size)
	}
	l.now = l.now.AddDate(0, 0, 1)
	if l.runner.Round(t.Context()); l.published().Size != 3 {
		t.Errorf("published %d, want 3", l.published().Size)
	}
}

func TestReadingSignsNothing(t *testing.T) {
	t.Parallel()
	l := start(t, database(t), publish.Options{Days: 1})
	if err := l.post("g/1"); err != nil {
		t.Fatal(err)
	}
	if c, err := l.runner.Publisher().Latest(t.Context()); err == nil {
		t.Errorf("signed %d", c.Size)
	}
	l.runner.Round(t.Context())
	l.now = l.now.AddDate(0, 0, 2)
	if err := l.post("g/2"); err != nil {
		t.Fatal(err)
	}
	if c, err := l.runner.Publisher().Latest(t.Context()); err != nil || c.Size != 1 {
		t.Errorf("%d, %v", c.Size, err)
	}
}
