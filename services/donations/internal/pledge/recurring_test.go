package pledge_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func date(t testing.TB, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// running is a monthly pledge of 100.00 EUR to three funds, whose next payment is on
// 20 March.
func running(t testing.TB) pledge.Pledge {
	t.Helper()
	p, err := pledge.New(pledge.Request{
		Amount: postingtest.EUR(10000), Recurrence: pledge.Monthly, ReceiptSHA256: make([]byte, 32),
		Designations: []pledge.Designation{{Fund: "a", Share: 2}, {Fund: "b"}, {Fund: "c"}},
	}, date(t, "2027-03-01"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Designations {
		p.Designations[i].Terms = pledge.Terms{ReserveShare: int64(i) * 100}
	}
	p.State, p.Giving = pledge.Active, &pledge.Giving{Agreed: []int64{10000}, NextAt: date(t, "2027-03-20").Add(time.Hour), Version: 1}
	return p
}

func TestAChangeKeepsProportionsAndTerms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		before := running(t)
		amount := rapid.Int64Range(50, 1_000_000).Draw(r, "amount")
		p, err := before.Changed(pledge.Change{Amount: new(postingtest.EUR(amount))}, date(t, "2027-03-02"))
		if err != nil {
			r.Fatal(err)
		}
		var sum int64
		for i, d := range p.Designations {
			sum += d.Amount
			if old := before.Designations[i]; d.Fund != old.Fund || d.Share != old.Share || d.Terms != old.Terms {
				r.Errorf("%+v became %+v", old, d)
			}
		}
		if sum != amount || p.Version != before.Version+1 || p.Giving.Version != 2 || before.Giving.Version != 1 {
			r.Errorf("parts of %d, version %d", sum, p.Version)
		}
		if !p.Takes(postingtest.EUR(amount)) || !p.Takes(postingtest.EUR(10000)) || amount != 4242 && p.Takes(postingtest.EUR(4242)) {
			r.Error("a payment of another amount fits, or one of an earlier amount does not")
		}
	})
}

func TestTheNextPaymentMovesByLessThanOneMore(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]bool{"2027-03-02": false, "2027-03-03": true, "2027-04-20": true, "2027-04-21": false} {
		p, err := running(t).Changed(pledge.Change{NextOn: date(t, day)}, date(t, "2027-03-02").Add(20*time.Hour))
		if (err == nil) != want || want && p.Giving.MoveTo.Format(time.DateOnly) != day {
			t.Errorf("%s: %v, %v", day, p.Giving.MoveTo, err)
		}
	}
	year := running(t)
	year.Recurrence = pledge.Yearly
	if _, err := year.Changed(pledge.Change{NextOn: date(t, "2028-03-20")}, date(t, "2027-03-02")); err != nil {
		t.Error(err)
	}
}

func TestOnlyWhatGoesOnIsChangedPausedAndResumed(t *testing.T) {
	t.Parallel()
	now := date(t, "2027-03-02")
	for _, state := range []pledge.State{pledge.Pending, pledge.Active, pledge.Paused, pledge.Fulfilled, pledge.Cancelled, pledge.Lapsed} {
		p := running(t)
		p.State = state
		_, change := p.Changed(pledge.Change{Amount: new(postingtest.EUR(500))}, now)
		_, pause := p.Pause(time.Time{}, now)
		_, resume := p.Resume()
		goesOn := state == pledge.Active || state == pledge.Paused
		if (change == nil) != goesOn || (pause == nil) != goesOn || (resume == nil) != (state == pledge.Paused) {
			t.Errorf("%s: %v, %v, %v", state, change, pause, resume)
		}
		p.Giving = nil
		if _, err := p.Pause(time.Time{}, now); err == nil {
			t.Errorf("%s: paused before a card is saved", state)
		}
	}
}

func TestAPaymentLetsARecurringPledgeGoOn(t *testing.T) {
	t.Parallel()
	for from, want := range map[pledge.State]pledge.State{
		pledge.Pending: pledge.Active, pledge.Active: pledge.Active, pledge.Paused: pledge.Paused, pledge.Cancelled: pledge.Cancelled, pledge.Lapsed: pledge.Lapsed,
	} {
		p := running(t)
		p.State = from
		if got, err := p.Paid(); err != nil || got != want {
			t.Errorf("%s: %s, %v", from, got, err)
		}
		p.Recurrence = pledge.Once
		if got, err := p.Paid(); err != nil || got != pledge.Fulfilled {
			t.Errorf("%s, paid once: %s, %v", from, got, err)
		}
	}
}

func TestAChangeToWhatACardCannotPayIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]pledge.Change{
		"too little":       {Amount: new(postingtest.EUR(49))},
		"too much":         {Amount: new(postingtest.EUR(1_000_001))},
		"tip too much":     {Tip: new(postingtest.EUR(990_001))},
		"another currency": {Amount: &money.Amount{MinorUnits: 500, Currency: "USD"}},
		"tip of another":   {Tip: &money.Amount{MinorUnits: 500, Currency: "USD"}},
	} {
		if _, err := running(t).Changed(c, date(t, "2027-03-02")); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p, err := running(t).Changed(pledge.Change{Tip: new(postingtest.EUR(0))}, date(t, "2027-03-02")); err != nil || p.Tip != 0 {
		t.Errorf("no tip any more: %v", err)
	}
}

func TestAForecastReachesTwelveMonths(t *testing.T) {
	t.Parallel()
	got, err := pledge.Foresee([]pledge.Due{
		{Fund: "b", Sum: postingtest.EUR(100), Count: 2, Recurrence: pledge.Monthly, Next: date(t, "2027-12-01")},
		{Fund: "a", Sum: postingtest.EUR(700), Count: 1, Recurrence: pledge.Yearly, Next: date(t, "2027-12-01")},
		{Fund: "a", Sum: postingtest.EUR(5), Count: 1, Recurrence: pledge.Yearly, Next: date(t, "2027-01-01")}, // overdue
		{Fund: "a", Sum: postingtest.EUR(9), Count: 1, Recurrence: pledge.Yearly, Next: date(t, "2028-03-01")}, // too far
	}, date(t, "2027-03-15"))
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, f := range got {
		text += f.Month + " " + f.Fund + " " + f.Sum.String() + "; "
	}
	if want := "2027-03 a 0.05 EUR; 2027-12 a 7.00 EUR; 2027-12 b 1.00 EUR; 2028-01 a 0.05 EUR; 2028-01 b 1.00 EUR; 2028-02 b 1.00 EUR; "; text != want {
		t.Errorf("got %q", text)
	}
}
