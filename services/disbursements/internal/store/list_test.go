package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// pages reads a list page by page of a size, with the keys of each page's last row.
func pages[T any](d *desk, size int, list func(page.Page) ([]T, error), keys func(T) []string) (ids []string) {
	d.t.Helper()
	var after []string
	for range 100 {
		rows, err := list(page.Page{Size: size, After: after})
		d.done("read page", err)
		more := len(rows) > size // one more than asked for says that there is another page
		for _, row := range rows[:min(size, len(rows))] {
			after = keys(row)
			ids = append(ids, after[len(after)-1])
		}
		if !more {
			return ids
		}
	}
	d.t.Fatal("the pages never end")
	return nil
}

func TestRoundsPlansAndStatementsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	b := &bank{}
	var rounds, plans, statements []string
	for i := range 7 {
		if i%3 != 0 { // some are of the same moment
			d.clock = d.clock.Add(time.Minute)
		}
		rounds = append(rounds, d.committed(allocation(i+1, 1_000)))
		plans = append(plans, d.planned(rounds[i]))
		s := b.says(statement.Line{Credit: true, Minor: 1})
		sum := make([]byte, 32)
		taken, err := d.store.ImportStatements(ctx, "staff/s_importer", sum, []statement.Statement{s})
		d.done("import", err)
		statements = append(statements, taken.IDs...)
	}
	for name, test := range map[string]struct {
		ids  []string
		read func(size int) []string
	}{
		"rounds": {rounds, func(size int) []string {
			return pages(d, size, func(p page.Page) ([]round.Round, error) { return d.store.Rounds(ctx, p) },
				func(r round.Round) []string { return page.At(r.Created, r.ID) })
		}},
		"plans": {plans, func(size int) []string {
			return pages(d, size, func(p page.Page) ([]plan.Plan, error) { return d.store.Plans(ctx, plan.SeesAll, p) },
				func(r plan.Plan) []string { return page.At(r.Created, r.ID) })
		}},
		"statements": {statements, func(size int) []string {
			return pages(d, size, func(p page.Page) ([]store.Statement, error) { return d.store.Statements(ctx, p) },
				func(r store.Statement) []string { return page.At(r.CreatedAt, r.ID) })
		}},
	} {
		all := test.read(100)
		for _, size := range []int{1, 2, 3, 7} {
			if got := test.read(size); !slices.Equal(got, all) {
				t.Errorf("%s in pages of %d: %v, at once: %v", name, size, got, all)
			}
		}
		slices.Sort(test.ids)
		if sorted := slices.Sorted(slices.Values(all)); !slices.Equal(sorted, test.ids) {
			t.Errorf("%s: %v, want each once of %v", name, all, test.ids)
		}
	}
	list, err := d.store.Rounds(ctx, page.Page{Size: 100})
	d.done("list", err)
	if !slices.IsSortedFunc(list, func(a, b round.Round) int { return b.Created.Compare(a.Created) }) {
		t.Error("rounds are not newest first")
	}
}

func TestAwardsAndPaymentsAreListedOfOneParentOrOfAny(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	first := d.committed(allocation(1, 1_000), allocation(2, 2_000), allocation(3, 3_000))
	second := d.committed(allocation(4, 4_000), allocation(5, 5_000))
	one, other := d.planned(first), d.planned(second)
	awards := func(roundID string) []string {
		return pages(d, 2, func(p page.Page) ([]round.AwardRecord, error) {
			return d.store.Awards(ctx, round.Source{RoundID: roundID}, nil, p)
		}, func(r round.AwardRecord) []string { return page.At(r.Created, r.ID) })
	}
	payments := func(planID string) []string {
		return pages(d, 2, func(p page.Page) ([]payment.Payment, error) { return d.store.Payments(ctx, planID, p) },
			func(y payment.Payment) []string { return page.At(y.CreatedAt, y.ID) })
	}
	for name, test := range map[string]struct {
		list            func(string) []string
		first, second   string
		of, other, none int
	}{
		"awards":   {awards, first, second, 3, 2, 0},
		"payments": {payments, one, other, 3, 2, 0},
	} {
		all := test.list(resource.Any)
		if len(slices.Compact(slices.Sorted(slices.Values(all)))) != test.of+test.other {
			t.Errorf("%s: %v", name, all)
		}
		if len(test.list(test.first)) != test.of || len(test.list(test.second)) != test.other || len(test.list("none")) != test.none {
			t.Errorf("%s of one: %v, of the other: %v, of none: %v", name, test.list(test.first), test.list(test.second), test.list("none"))
		}
	}
	numbers := pages(d, 2, func(p page.Page) ([]store.Allocation, error) { return d.store.Allocations(ctx, first, p) },
		func(a store.Allocation) []string {
			return append([]string{a.RoundID}, page.Numbered(int64(a.Number))...)
		})
	if len(numbers) != 3 {
		t.Errorf("allocations %v", numbers)
	}
	for _, broken := range []error{
		errOf(d.store.Awards(ctx, round.Source{}, nil, page.Page{Size: 1, After: []string{"a", "b"}})), errOf(d.store.Payments(ctx, resource.Any, page.Page{Size: 1, After: []string{"a", "b"}})),
		errOf(d.store.Rounds(ctx, page.Page{Size: 1, After: []string{"x", "y"}})), errOf(d.store.Allocations(ctx, first, page.Page{Size: 1, After: []string{"x"}})),
	} {
		if broken == nil {
			t.Error("a position of another list was taken")
		}
	}
}

func TestAPlanPaysEachFamilyOnce(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	more := allocation(1, 2_000)
	more.Number, more.AidRequest = 3, "families/f_1/aidRequests/a_2"
	more.Shares = []store.FundShare{{Fund: "funds/general", Minor: 1_500}, {Fund: "funds/winter", Minor: 500}}
	roundID := d.committed(allocation(1, 1_000), allocation(2, 4_000), more)
	planID := d.planned(roundID)
	list, err := d.store.Payments(ctx, planID, page.Page{Size: 10})
	d.done("list", err)
	got := map[string]int64{}
	shares := map[string]int{}
	for _, y := range list {
		got[y.Family] += y.Minor
		shares[y.Family] += len(y.Shares)
	}
	if diff := cmp.Diff(map[string]int64{"families/f_1": 3_000, "families/f_2": 4_000}, got); diff != "" || len(list) != 2 || shares["families/f_1"] != 3 {
		t.Errorf("payments %v, shares %v (-want +got):\n%s", list, shares, diff)
	}
	if p := d.plan(planID); p.Payments != 2 || p.Total != 7_000 || p.Currency != "EUR" {
		t.Errorf("plan %+v", p)
	}
	n := store.NewPlan{RoundID: roundID, Rail: "sepa", Sender: "main", Person: "staff/s_m", Currencies: []string{"EUR"}}
	d.refused("a second plan", errOf(d.store.CreatePlan(ctx, n)), "NOTHING_TO_PAY")
	n.Currencies = []string{"PLN", "USD"}
	d.refused("other currencies", errOf(d.store.CreatePlan(ctx, n)), "RAIL_LACKS_CURRENCY")
	n.RoundID = "r_none"
	d.refused("no round", errOf(d.store.CreatePlan(ctx, n)), "NOT_FOUND")
	// An award in a plan cannot be given up; one out of it can.
	award := d.payment(list[0].ID).Shares[0].Award
	d.refused("cancel an award in a plan", d.store.CancelAward(ctx, award), "ILLEGAL_STATE")
	d.done("take out", d.store.CancelPayment(ctx, list[0].ID, "staff/s_maker"))
	d.done("cancel", d.store.CancelAward(ctx, award))
	d.refused("cancel again", d.store.CancelAward(ctx, award), "ILLEGAL_STATE")
	c, err := d.store.Cancelled(ctx, award)
	if err != nil || c.Done || c.RoundID != roundID || c.Minor == 0 {
		t.Errorf("cancellation %+v, %v", c, err)
	}
	// What live awards hold is told of the cycles that are asked for.
	one, none := store.RequestCycle{AidRequest: allocation(1, 0).AidRequest, Cycle: 1}, store.RequestCycle{AidRequest: allocation(1, 0).AidRequest, Cycle: 2}
	other := store.RequestCycle{AidRequest: allocation(2, 0).AidRequest, Cycle: 1}
	want := 2
	if c.AidRequest != more.AidRequest {
		want = 1
	}
	held, err := d.store.LiveAwards(ctx, []store.RequestCycle{one, none, other})
	if err != nil || len(held) != want {
		t.Errorf("live awards %v beside the cancelled %v, %v", held, c, err)
	}
	if held, err = d.store.LiveAwards(ctx, []store.RequestCycle{none}); err != nil || len(held) != 0 {
		t.Errorf("live awards %v of a cycle without any, %v", held, err)
	}
	d.refused("an award that is not cancelled", errOf(d.store.Cancelled(ctx, d.payment(list[1].ID).Shares[0].Award)), "NOT_FOUND")
}

// TestOfTwoPlansOfARoundOneHasTheAwards makes them at once.
func TestOfTwoPlansOfARoundOneHasTheAwards(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	roundID := d.committed(allocation(1, 1_000), allocation(2, 2_000))
	make := func() error {
		return errOf(d.store.CreatePlan(ctx, store.NewPlan{RoundID: roundID, Rail: "sepa", Sender: "main", Person: "staff/s_m", Currencies: []string{"EUR"}}))
	}
	done := 0
	for _, err := range together(make, make, make, make) {
		if err == nil {
			done++
			continue
		}
		d.refused("another plan", err, "NOTHING_TO_PAY")
	}
	if done != 1 || read[int](d, `SELECT COUNT(*) FROM payment_plans`) != 1 {
		t.Errorf("%d plans", done)
	}
}

func TestASeriesSaysHowFarStatementsReach(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	b := &bank{}
	for _, day := range []string{"2026-11-01", "2026-11-10", "", "2026-11-20"} {
		s := b.says(statement.Line{Credit: true, Minor: 100})
		s.ClosedOn = day
		d.done("take in", d.take(s))
	}
	other := (&bank{}).says()
	other.Sender, other.ClosedOn = "second", "2026-11-15"
	d.done("take in", d.take(other))
	type reach struct {
		Sender, ClosedOn  string
		Closing           int64
		Unbroken, Reaches bool
	}
	for day, want := range map[string][]reach{
		"2026-10-31": {{"main", "", 0, true, true}, {"second", "", 0, true, true}},
		"2026-11-01": {{"main", "2026-11-01", 100, true, true}, {"second", "", 0, true, true}},
		"2026-11-12": {{"main", "2026-11-10", 200, true, true}, {"second", "", 0, true, true}},
		"2026-11-30": {{"main", "2026-11-20", 400, true, false}, {"second", "2026-11-15", 0, true, false}},
	} {
		list, err := d.store.StatementSeries(ctx, day)
		d.done("series", err)
		var got []reach
		for _, s := range list {
			got = append(got, reach{s.Sender, s.ClosedOn, s.Closing, s.Unbroken, s.Reaches})
			if (s.StatementID == "") != (s.ClosedOn == "") || (s.ImportedBy == "") != (s.ClosedOn == "") {
				t.Errorf("%s: %+v", day, s)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", day, diff)
		}
	}
	// A balance that was changed by hand breaks the series from there on.
	d.exec(`UPDATE statements SET closing = closing + 1 WHERE sender = 'main' AND closed_on = '2026-11-10'`)
	for day, unbroken := range map[string]bool{"2026-11-01": true, "2026-11-10": true, "2026-11-30": false} {
		list, err := d.store.StatementSeries(ctx, day)
		if err != nil || list[0].Unbroken != unbroken {
			t.Errorf("%s: %+v, %v", day, list, err)
		}
	}
}
