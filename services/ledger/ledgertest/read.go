package ledgertest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// Currency is that of the amounts below, which tests have in one currency.
const Currency = "EUR"

// Balance returns the credits less debits of an account.
func (l *Ledger) Balance(path string) int64 { return l.Balances()[path] }

// Balances returns the credits less debits of every account that is not at zero.
func (l *Ledger) Balances() map[string]int64 {
	accounts := l.memory.accounts()
	balances, _ := l.memory.Balances(context.Background(), accounts) // never fails
	out := map[string]int64{}
	for i, a := range accounts {
		if net := balances[i].Net(); net != 0 && a.Currency == Currency {
			out[a.Path] = net
		}
	}
	return out
}

// Sum returns the balances of all accounts whose paths have a beginning.
func (l *Ledger) Sum(prefix string) int64 {
	var sum int64
	for path, net := range l.Balances() {
		if strings.HasPrefix(path, prefix) {
			sum += net
		}
	}
	return sum
}

// WantBalances fails the test unless the balances that are not zero are these.
func (l *Ledger) WantBalances(t *testing.T, want map[string]int64) {
	t.Helper()
	if got := l.Balances(); !maps.Equal(got, want) {
		for _, path := range slices.Sorted(maps.Keys(got)) {
			t.Logf("%s %d", path, got[path])
		}
		t.Errorf("balances = %v, want %v", got, want)
	}
}

// Transactions returns what was booked, in order, without what the test began with.
func (l *Ledger) Transactions() []*ledgerv1.Transaction {
	l.t.Helper()
	var out []*ledgerv1.Transaction
	for _, booked := range l.memory.leaves() {
		if booked.Transaction == nil || l.given[booked.Transaction.Reference] {
			continue
		}
		t, err := server.Transaction(booked.Transaction)
		if err != nil {
			l.t.Fatalf("write transaction: %v", err)
		}
		out = append(out, t)
	}
	return out
}

// Booked returns what was booked under a reference, nil where nothing was.
func (l *Ledger) Booked(reference string) *ledgerv1.Transaction {
	l.t.Helper()
	for _, t := range l.Transactions() {
		if t.GetReference() == reference {
			return t
		}
	}
	return nil
}

// Count counts what was booked of a kind.
func (l *Ledger) Count(kind ledgerv1.TransactionKind) int {
	l.t.Helper()
	n := 0
	for _, t := range l.Transactions() {
		if t.GetKind() == kind {
			n++
		}
	}
	return n
}

// Decisions returns what was recorded, in order.
func (l *Ledger) Decisions() []*ledgerv1.Decision {
	l.t.Helper()
	var out []*ledgerv1.Decision
	for _, booked := range l.memory.leaves() {
		if booked.Decision == nil {
			continue
		}
		d, err := server.Decision(booked.Decision)
		if err != nil {
			l.t.Fatalf("write decision: %v", err)
		}
		out = append(out, d)
	}
	return out
}

// TrialBalance lists every account that was ever used, with its balance, by path.
func (l *Ledger) TrialBalance() []*ledgerv1.TrialBalanceLine {
	accounts := l.memory.accounts()
	slices.SortFunc(accounts, func(a, b leaf.Account) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Currency, b.Currency))
	})
	balances, _ := l.memory.Balances(context.Background(), accounts) // never fails
	out := make([]*ledgerv1.TrialBalanceLine, len(accounts))
	for i, a := range accounts {
		b := balances[i]
		out[i] = &ledgerv1.TrialBalanceLine{Path: a.Path, CurrencyCode: a.Currency, Debits: b.Debits, Credits: b.Credits, Balance: b.Net()}
	}
	return out
}
