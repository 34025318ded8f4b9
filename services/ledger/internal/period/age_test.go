package period_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// suspense are movements of one suspense account, each so many days before the
// last day.
func suspense(moves ...int64) []period.DayTotal {
	var days []period.DayTotal
	for i := 0; i < len(moves); i += 2 {
		days = append(days, period.DayTotal{Account: inEuros("suspense:bank:main"), Day: last - leaf.Day(moves[i]), Net: moves[i+1]})
	}
	return days
}

func aged(t fatal, days []period.DayTotal) []period.Item {
	t.Helper()
	b := books()
	b.Days = append(b.Days, days...)
	r, err := period.NewReview(last, b, facts())
	if err != nil {
		t.Fatalf("review: %v", err)
	}
	return r.Items
}

// fatal is what tests and rapid's checks have in common.
type fatal interface {
	Fatalf(format string, args ...any)
	Helper()
}

func TestWhatIsOpenHasTheAgeOfWhatCameLast(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		moves  []int64
		oldest leaf.Day
		ages   [4]int64
	}{
		"one line of today":                {[]int64{0, 5}, last, [4]int64{5}},
		"each class, at its bounds":        {[]int64{91, 1, 90, 2, 61, 4, 60, 8, 31, 16, 30, 32, 0, 64}, last - 91, [4]int64{96, 24, 6, 1}},
		"what leaves takes the oldest":     {[]int64{100, 10, 40, 10, 5, -15}, last - 40, [4]int64{0, 5}},
		"exactly the oldest":               {[]int64{100, 10, 40, 10, 5, -10}, last - 40, [4]int64{0, 10}},
		"more than there was turns around": {[]int64{100, 10, 5, -15}, last - 5, [4]int64{-5}},
		"through zero and back":            {[]int64{100, 10, 70, -10, 20, 7}, last - 20, [4]int64{7}},
		"a debt of ours":                   {[]int64{70, -10, 20, 3}, last - 70, [4]int64{0, 0, -7}},
	} {
		var balance int64
		for i := 1; i < len(c.moves); i += 2 {
			balance += c.moves[i]
		}
		want := []period.Item{{Account: inEuros("suspense:bank:main"), Balance: balance, Oldest: c.oldest, Ages: c.ages}}
		got := aged(t, suspense(c.moves...))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
			continue
		}
		if age := got[0].Age(last); age != int(last-c.oldest) {
			t.Errorf("%s: %d days old", name, age)
		}
	}
}

func TestAccountsAtZeroAndBanksAreNotOpen(t *testing.T) {
	t.Parallel()
	if got := aged(t, suspense(50, 10, 3, -10)); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestCashThatACourierHoldsIsOpenToo(t *testing.T) {
	t.Parallel()
	days := []period.DayTotal{
		{Account: inEuros("asset:cash:c_1"), Day: last - 40, Net: -500}, {Account: inEuros("asset:cash:c_1"), Day: last - 2, Net: 200},
		{Account: inEuros("suspense:bank:main"), Day: last, Net: 1},
	}
	want := []period.Item{
		{Account: inEuros("asset:cash:c_1"), Balance: -300, Oldest: last - 40, Ages: [4]int64{0, -300}},
		{Account: inEuros("suspense:bank:main"), Balance: 1, Oldest: last, Ages: [4]int64{1}},
	}
	if diff := cmp.Diff(want, aged(t, days)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAgesAlwaysAddUpToTheBalance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nets := rapid.SliceOfN(rapid.Int64Range(-50, 50), 0, 40).Draw(t, "nets")
		var moves []int64
		var balance int64
		for i, net := range nets {
			moves = append(moves, int64(3*(len(nets)-i)), net)
			balance += net
		}
		got := aged(t, suspense(moves...))
		if balance == 0 {
			if len(got) != 0 {
				t.Fatalf("zero, but open: %+v", got)
			}
			return
		}
		var sum int64
		for _, part := range got[0].Ages {
			if part != 0 && (part < 0) != (balance < 0) {
				t.Fatalf("a part of another sign: %+v", got)
			}
			sum += part
		}
		if sum != balance || got[0].Balance != balance {
			t.Fatalf("balance %d, got %+v", balance, got)
		}
	})
}
