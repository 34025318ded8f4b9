package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// model is a ledger as simple as it can be: what was booked under which
// reference, and what that adds up to.
type model struct {
	balances map[string]int64
	booked   map[string]posted
	reversed map[string]bool
}

type posted struct {
	request string           // the draft, written out
	moves   map[string]int64 // what it did to balances
	kind    leaf.Kind
}

// limits says of each account of the test whether it may go below zero.
var limits = map[string]bool{
	"asset:stripe": false, "deficit:general": false, "suspense:bank": false,
	"fund:general:clearing": true, "fund:general:available": true, "fund:reserve:available": true, "transit:refunds": true,
}

// apply says what a unit must come to, by the words of the contract.
func (m *model) apply(drafts []book.Draft) (replayed []bool, reason fault.Reason) {
	next := model{balances: map[string]int64{}, booked: map[string]posted{}, reversed: map[string]bool{}}
	for k, v := range m.balances {
		next.balances[k] = v
	}
	for k, v := range m.booked {
		next.booked[k] = v
	}
	for k, v := range m.reversed {
		next.reversed[k] = v
	}
	for _, d := range drafts {
		again, reason := next.post(d)
		if reason != "" {
			return nil, reason
		}
		replayed = append(replayed, again)
	}
	*m = next
	return replayed, ""
}

func (m *model) post(d book.Draft) (replayed bool, reason fault.Reason) {
	request := fmt.Sprint(d.Kind, d.Source, d.OccurredOn, d.Entries, d.Sources, d.Reverses)
	if first, ok := m.booked[d.Reference]; ok {
		if first.request != request {
			return false, book.ReferenceConflict
		}
		return true, ""
	}
	moves := map[string]int64{}
	if d.Reverses != "" {
		original, ok := m.booked[d.Reverses]
		switch {
		case !ok:
			return false, "NOT_FOUND"
		case original.kind == leaf.Reversal:
			return false, "NOT_REVERSIBLE"
		case m.reversed[d.Reverses]:
			return false, book.AlreadyReversed
		}
		for a, n := range original.moves {
			moves[a] = -n
		}
	}
	for _, e := range d.Entries {
		if e.Side == leaf.Credit {
			moves[e.Account] += e.Amount.MinorUnits
		} else {
			moves[e.Account] -= e.Amount.MinorUnits
		}
	}
	for _, s := range d.Sources {
		rest := s.Amount.MinorUnits
		for i, a := range s.Accounts {
			part := min(rest, max(0, m.balances[a]+moves[a]))
			if i == len(s.Accounts)-1 {
				part = rest
			}
			moves[a] -= part
			rest -= part
		}
	}
	for a, n := range moves {
		if limits[a] && n < 0 && m.balances[a]+n < 0 {
			return false, book.InsufficientFunds
		}
	}
	for a, n := range moves {
		m.balances[a] += n
	}
	m.booked[d.Reference] = posted{request, moves, d.Kind}
	m.reversed[d.Reverses] = true
	return false, ""
}

func accounts() []string {
	var names []string
	for a := range limits {
		names = append(names, a)
	}
	slices.Sort(names)
	return names
}

// anyDraft draws a draft; few references and small amounts, so that repeats,
// conflicts and empty accounts are common.
func anyDraft(t *rapid.T) book.Draft {
	reference := fmt.Sprintf("ref/%d", rapid.IntRange(0, 30).Draw(t, "reference"))
	account := rapid.SampledFrom(accounts())
	switch rapid.IntRange(0, 5).Draw(t, "shape") {
	case 0:
		return booktest.Reversal(reference, fmt.Sprintf("ref/%d", rapid.IntRange(0, 30).Draw(t, "reverses")))
	case 1:
		minor := rapid.Int64Range(1, 50).Draw(t, "amount")
		limited := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"fund:general:clearing", "fund:general:available", "fund:reserve:available",
		}), 1, 3, rapid.ID[string]).Draw(t, "sources")
		if rapid.Bool().Draw(t, "with deficit") {
			limited = append(limited, "deficit:general")
		}
		d := booktest.Draft(leaf.StripeTaking, reference, booktest.Credit("asset:stripe", minor))
		d.Sources = []book.Sources{{Accounts: limited, Amount: postingtest.EUR(minor)}}
		return d
	default:
		d := booktest.Draft(leaf.Suspense, reference)
		var sum int64
		for range rapid.IntRange(1, 3).Draw(t, "lines") {
			minor := rapid.Int64Range(1, 40).Draw(t, "amount")
			sum += minor
			d.Entries = append(d.Entries, booktest.Credit(account.Draw(t, "credit"), minor))
		}
		d.Entries = append(d.Entries, booktest.Debit(account.Draw(t, "debit"), sum))
		return d
	}
}

func TestLedgerDoesWhatTheModelDoes(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	ledgers := 0
	rapid.Check(t, func(r *rapid.T) {
		// Given an empty ledger and an empty model
		ledgers++
		s := found(t, db, fmt.Sprintf("l%d", ledgers))
		m := model{balances: map[string]int64{}, booked: map[string]posted{}, reversed: map[string]bool{}}
		var memory store.Memory
		leaves := int64(0)
		for range rapid.IntRange(1, 6).Draw(r, "batches") {
			// when a batch of units is booked, now and then after a restart,
			if rapid.Bool().Draw(r, "restart") {
				s, memory = found(t, db, fmt.Sprintf("l%d", ledgers)), store.Memory{}
			}
			calls := rapid.SliceOfN(rapid.SliceOfNDistinct(rapid.Custom(anyDraft), 1, 4,
				func(d book.Draft) string { return d.Reference }), 1, 5).Draw(r, "calls")
			units := make([]book.Unit, len(calls))
			for i, drafts := range calls {
				units[i] = unit(r, slices.Clone(drafts)...)
			}
			outcomes, after, err := s.Batch(context.Background(), units, memory)
			if err != nil {
				r.Fatalf("batch: %v", err)
			}
			memory = after
			// then each call comes to what the model says.
			for i, o := range outcomes {
				replayed, reason := m.apply(calls[i])
				if got := reasonOf(o.Err); got != reason {
					r.Fatalf("call %d: got %q (%v), want %q", i, got, o.Err, reason)
				}
				if !slices.Equal(o.Result.Replayed, replayed) {
					r.Fatalf("call %d: replayed %v, want %v", i, o.Result.Replayed, replayed)
				}
				for _, again := range replayed {
					if !again {
						leaves++
					}
				}
			}
		}
		compare(r, s, m)
		if n := audit(r, s); n != leaves {
			r.Fatalf("log has %d leaves, want %d", n, leaves)
		}
	})
}

func compare(t *rapid.T, s *store.Store, m model) {
	var keys []leaf.Account
	for _, a := range accounts() {
		keys = append(keys, leaf.Account{Path: a, Currency: "EUR"})
	}
	got, err := s.Balances(context.Background(), keys)
	if err != nil {
		t.Fatalf("balances: %v", err)
	}
	byDate, err := s.Accounts(context.Background(), query.Accounts{Date: today, Limit: 100})
	if err != nil {
		t.Fatalf("accounts: %v", err)
	}
	dated := map[string]int64{}
	for _, a := range byDate {
		dated[a.Path] = a.Net
	}
	for i, a := range accounts() {
		if got[i].Net() != m.balances[a] || dated[a] != m.balances[a] {
			t.Fatalf("%s: got %d, by date %d, want %d", a, got[i].Net(), dated[a], m.balances[a])
		}
	}
}

func reasonOf(err error) fault.Reason {
	if err == nil {
		return ""
	}
	if f := fault.As(err); f != nil {
		return f.Reason
	}
	return fault.Reason(err.Error())
}
