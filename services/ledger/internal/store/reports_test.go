package store_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/statement"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// everyAccount has one account or two of each sort.
var everyAccount = []string{
	"asset:stripe", "asset:bank:main", "asset:cash:c_1", "asset:cash:c_2", "fund:a:clearing", "fund:a:available",
	"fund:b:clearing", "fund:b:available", "round:r_1:a", "round:r_1:b", "award:w_1", "award:w_2", "transit:sepa",
	"transit:refunds", "transit:stripe-payout", "deficit:a", "suspense:bank:main", "fx:EUR:PLN", "fx:gain_loss", "equity:opening",
}

// longAgo is before all facts, in days.
const longAgo = 800

// daysAgo draws days of the last three years, most of them near each other or near
// the turn of the last one.
func daysAgo() *rapid.Generator[int] {
	return rapid.OneOf(rapid.IntRange(0, 60), rapid.IntRange(320, 335), rapid.IntRange(0, longAgo))
}

// decided are the decisions behind round r_1 and plan p_1.
func decided() []book.Decision {
	var out []book.Decision
	for i, d := range []struct {
		kind     leaf.DecisionKind
		resource string
	}{
		{leaf.DecisionRoundSnapshot, "allocationRounds/r_1"}, {leaf.DecisionRoundCommitted, "allocationRounds/r_1"},
		{leaf.DecisionPlanLocked, "paymentPlans/p_1"}, {leaf.DecisionPlanApproved, "paymentPlans/p_1"},
		{leaf.DecisionPlanAuthorized, "paymentPlans/p_1"}, {leaf.DecisionPlanReleased, "paymentPlans/p_1"},
	} {
		one := book.Decision{
			Reference: fmt.Sprintf("decision/%d", i), Kind: d.kind, Resource: d.resource,
			Person: fmt.Sprintf("staff/s_%d", i), Day: today - longAgo,
		}
		if d.kind == leaf.DecisionPlanLocked {
			one.Content = &leaf.Lock{Currency: "EUR", Amount: 1_000_000}
		}
		out = append(out, one)
	}
	return out
}

// anyFact draws a transaction of any kind between any two accounts.
func anyFact(n int) func(*rapid.T) book.Draft {
	return func(t *rapid.T) book.Draft {
		d := booktest.Draft(leaf.Kind(rapid.IntRange(1, int(leaf.FundRelease)).Draw(t, "kind")), fmt.Sprintf("fact/%d", n))
		d.Source, d.OccurredOn = "paymentPlans/p_1/payments/y_1", today-leaf.Day(daysAgo().Draw(t, "days ago"))
		if d.Kind == leaf.Reversal {
			d.Reverses = fmt.Sprintf("fact/%d", rapid.IntRange(0, max(0, n-1)).Draw(t, "reverses"))
			return d
		}
		minor := rapid.Int64Range(1, 40).Draw(t, "amount")
		currency := rapid.SampledFrom([]string{"EUR", "PLN"}).Draw(t, "currency")
		account := rapid.SampledFrom(everyAccount)
		d.Entries = []book.Entry{
			booktest.In(currency, booktest.Debit(account.Draw(t, "debit"), minor)),
			booktest.In(currency, booktest.Credit(account.Draw(t, "credit"), minor)),
		}
		return d
	}
}

// booksOf books facts and returns those that were not refused. Money that the
// others can move is there from the beginning.
func booksOf(t *rapid.T, s *store.Store) []*leaf.Transaction {
	var units []book.Unit
	put := func(decisions []book.Decision, drafts ...book.Draft) {
		u, err := book.NewUnit(decisions, drafts, today)
		if err == nil { // else a kind that may not touch this account
			units = append(units, u)
		}
	}
	first := []book.Draft{}
	for i, step := range [][2]string{
		{"asset:stripe", "fund:a:clearing"}, {"asset:stripe", "fund:a:available"}, {"asset:stripe", "fund:b:available"},
		{"fund:a:available", "round:r_1:a"}, {"fund:b:available", "round:r_1:b"}, {"round:r_1:b", "award:w_1"},
		{"asset:bank:main", "transit:sepa"},
	} {
		kind := map[string]leaf.Kind{"fund": leaf.RoundHold, "round": leaf.RoundAward}[strings.Split(step[0], ":")[0]]
		if kind == 0 {
			kind = leaf.Donation
		}
		minor := int64(1000 >> i)
		d := booktest.Draft(kind, fmt.Sprintf("first/%d", i), booktest.Debit(step[0], minor), booktest.Credit(step[1], minor))
		d.OccurredOn = today - longAgo
		first = append(first, d)
	}
	put(decided(), first...)
	for n := range rapid.IntRange(5, 40).Draw(t, "facts") {
		put(nil, anyFact(n)(t))
	}
	outcomes, _, err := s.Batch(context.Background(), units, store.Memory{})
	if err != nil || outcomes[0].Err != nil {
		t.Fatalf("batch: %v, %v", err, outcomes[0].Err)
	}
	var booked []*leaf.Transaction
	for _, o := range outcomes {
		for _, l := range o.Result.Leaves {
			if l.Transaction != nil {
				booked = append(booked, l.Transaction)
			}
		}
	}
	return booked
}

// naive sums up transactions the long way.
func naive(booked []*leaf.Transaction, first, last leaf.Day) []statement.Total {
	kinds, funds, sums := map[int64]leaf.Kind{}, map[string]string{}, map[statement.Total]*[2]int64{}
	for _, t := range booked {
		kinds[t.Sequence] = t.Kind
		kind := t.Kind
		if t.Reverses != nil {
			kind = kinds[t.Reverses.Sequence]
		}
		for _, e := range t.Entries {
			pool := e.Account
			switch p := strings.Split(e.Account, ":"); {
			case p[0] == "award":
				if _, known := funds[e.Account+e.Currency]; !known {
					funds[e.Account+e.Currency] = strings.Split(strings.TrimPrefix(t.Entries[0].Account, "round:r_1:"), ":")[0]
					if f, ok := strings.CutPrefix(t.Entries[0].Account, "fund:"); ok {
						funds[e.Account+e.Currency] = strings.Split(f, ":")[0]
					}
				}
				pool = "award:*"
				if fund := funds[e.Account+e.Currency]; fund == "a" || fund == "b" {
					pool += ":" + fund
				}
			case p[0] == "round":
				pool = "round:*:" + p[2]
			case p[1] == "cash":
				pool = "asset:cash:*"
			}
			key := statement.Total{Pool: pool, Currency: e.Currency, Kind: kind}
			if sums[key] == nil {
				sums[key] = new([2]int64)
			}
			amount := e.Amount
			if e.Side == leaf.Debit {
				amount = -amount
			}
			switch {
			case t.BookingDate < first:
				sums[key][0] += amount
			case last == 0 || t.BookingDate <= last:
				sums[key][1] += amount
			}
		}
	}
	var out []statement.Total
	for key, sum := range sums {
		if key.Before, key.Within = sum[0], sum[1]; sum[0] != 0 || sum[1] != 0 {
			out = append(out, key)
		}
	}
	return sorted(out)
}

// sorted puts the parts of each total together and leaves out what is zero.
func sorted(totals []statement.Total) []statement.Total {
	sums := map[statement.Total]statement.Total{}
	for _, t := range totals {
		key := statement.Total{Pool: t.Pool, Currency: t.Currency, Kind: t.Kind}
		sum := sums[key]
		sums[key] = statement.Total{Pool: t.Pool, Currency: t.Currency, Kind: t.Kind, Before: sum.Before + t.Before, Within: sum.Within + t.Within}
	}
	var out []statement.Total
	for _, t := range sums {
		if t.Before != 0 || t.Within != 0 {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b statement.Total) int {
		return cmp.Or(cmp.Compare(a.Pool, b.Pool), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

func TestStatementsAddUpWhateverIsBooked(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	ledgers := 0
	rapid.Check(t, func(r *rapid.T) {
		// Given any books,
		ledgers++
		s := found(t, db, fmt.Sprintf("l%d", ledgers))
		booked := booksOf(r, s)
		for range 3 {
			// when any period is looked at,
			first := today - leaf.Day(daysAgo().Draw(r, "first")-2)
			last := first + leaf.Day(daysAgo().Draw(r, "length"))
			if rapid.Bool().Draw(r, "open") {
				last = 0
			}
			// then its sums are those of the transactions, one by one,
			totals, err := s.PoolTotals(t.Context(), first, last)
			if err != nil {
				r.Fatal(err)
			}
			if diff := gocmp.Diff(naive(booked, first, last), sorted(totals)); diff != "" {
				r.Fatalf("%v to %v: %s", first, last, diff)
			}
			// and both statements add up to the balances of the accounts.
			accounts, err := s.Accounts(t.Context(), query.Accounts{Date: last, Limit: 100})
			if err != nil {
				r.Fatal(err)
			}
			checkIncome(r, statement.IncomeOf(totals), accounts)
			checkFund(r, s, first, last, accounts)
			checkTrial(r, s, last, accounts)
			checkSequence(r, s, booked)
		}
	})
}

func checkIncome(t *rapid.T, statements []statement.Income, accounts []query.Balance) {
	for _, i := range statements {
		var funds int64
		for _, a := range accounts {
			if a.Currency == i.Currency && statement.Ours(a.Path) {
				funds += a.Net
			}
		}
		if !i.AddsUp() || i.Closing != funds {
			t.Fatalf("funds hold %d, but: %+v", funds, i)
		}
	}
}

func checkFund(t *rapid.T, s *store.Store, first, last leaf.Day, accounts []query.Balance) {
	totals, err := s.FundTotals(context.Background(), "a", first, last)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range statement.FundOf(totals) {
		var holds int64
		for _, a := range accounts {
			if a.Currency == f.Currency && (strings.HasPrefix(a.Path, "fund:a:") || a.Path == "deficit:a") {
				holds += a.Net
			}
		}
		sum := f.Opening + f.Received + f.Released + f.Other - f.Fees - f.TakenBack - f.Awarded
		if sum != f.Closing || f.Closing != holds {
			t.Fatalf("fund holds %d, figures sum to %d: %+v", holds, sum, f)
		}
	}
}

// checkSequence compares balances after some leaf, of the accounts that begin with
// some prefix, with what the transactions up to it say.
func checkSequence(t *rapid.T, s *store.Store, booked []*leaf.Transaction) {
	at := rapid.SampledFrom(booked).Draw(t, "at").Sequence
	prefix := rapid.SampledFrom([]string{"", "a", "award:", "fund:a:", "fund:a:clearing", "round:r_1:"}).Draw(t, "prefix")
	want, got := map[leaf.Account]int64{}, map[leaf.Account]int64{}
	for _, x := range booked {
		for _, e := range x.Entries {
			if x.Sequence <= at && strings.HasPrefix(e.Account, prefix) {
				want[leaf.Account{Path: e.Account, Currency: e.Currency}] = e.Balance
			}
		}
	}
	q := query.Accounts{Prefix: prefix, Sequence: &at, Limit: 4}
	for {
		page, err := s.Accounts(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page {
			got[a.Account] = a.Net
			q.After = a.Account
		}
		if len(page) < q.Limit {
			break
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("%q at %d: %s", prefix, at, diff)
	}
}

// checkTrial compares the short trial balance with the accounts.
func checkTrial(t *rapid.T, s *store.Store, day leaf.Day, accounts []query.Balance) {
	want := map[leaf.Account]book.Balance{}
	for _, a := range accounts {
		key := a.Account
		for _, class := range []string{"award", "round"} {
			if strings.HasPrefix(a.Path, class+":") {
				key.Path = class + ":*"
			}
		}
		sum := want[key]
		want[key] = book.Balance{Debits: sum.Debits + a.Debits, Credits: sum.Credits + a.Credits}
	}
	lines, totals, err := s.TrialBalance(context.Background(), query.TrialBalance{Date: day, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	got := map[leaf.Account]book.Balance{}
	for _, l := range lines {
		got[l.Account] = book.Balance{Debits: l.Debits, Credits: l.Credits}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("trial balance at %v: %s", day, diff)
	}
	for _, total := range totals {
		if total.Debits != total.Credits {
			t.Fatalf("totals: %+v", totals)
		}
	}
}

// Whatever is booked meanwhile, the lines of a trial balance add up to its totals.
func TestATrialBalanceIsReadAtOneMoment(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	defer c.Stop()
	if _, err := c.Commit(t.Context(), unit(t, booktest.Gift("g", 1))); err != nil {
		t.Fatal(err)
	}
	booked := make(chan error, 1)
	go func() {
		for i := range 200 {
			if _, err := c.Commit(context.Background(), unit(t, booktest.Gift(fmt.Sprintf("g/%d", i), 1))); err != nil {
				booked <- err
				return
			}
		}
		booked <- nil
	}()
	for detailed := false; ; detailed = !detailed {
		lines, totals, err := s.TrialBalance(t.Context(), query.TrialBalance{Detailed: detailed, Date: today, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var sum query.Balance
		for _, l := range lines {
			sum.Currency = l.Currency
			sum.Debits, sum.Credits = sum.Debits+l.Debits, sum.Credits+l.Credits
		}
		if len(totals) != 1 || totals[0] != sum {
			t.Fatalf("detailed %t: lines add up to %+v, totals are %+v", detailed, sum, totals)
		}
		select {
		case err := <-booked:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}
