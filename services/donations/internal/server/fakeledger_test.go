package server_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// fakeLedger books like the ledger: by reference once, balanced, limited
// accounts never below zero, sources in order.
type fakeLedger struct {
	mu       sync.Mutex
	booked   map[string]*ledgerv1.TransactionDraft
	order    []string
	balances map[string]int64 // path → credits less debits
	fail     []error          // what the next calls answer, after having their effect
	posts    int

	statements int // read
}

func newFakeLedger() *fakeLedger {
	return &fakeLedger{booked: map[string]*ledgerv1.TransactionDraft{}, balances: map[string]int64{}}
}

func limited(path string) bool { return strings.HasPrefix(path, "fund:") }

func (f *fakeLedger) Post(_ context.Context, r *ledgerv1.PostRequest, _ ...grpc.CallOption) (*ledgerv1.PostResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.posts++
	after := maps.Clone(f.balances)
	for _, t := range r.GetTransactions() {
		if earlier, ok := f.booked[t.GetReference()]; ok {
			if !proto.Equal(earlier, t) {
				return nil, fault.New(fault.AlreadyExists, "REFERENCE_CONFLICT", "Booked with other content.")
			}
			continue
		}
		if err := book(after, t); err != nil {
			return nil, err
		}
		f.booked[t.GetReference()] = t
		f.order = append(f.order, t.GetReference())
	}
	f.balances = after
	if len(f.fail) > 0 {
		err := f.fail[0]
		f.fail = f.fail[1:]
		return nil, err
	}
	return &ledgerv1.PostResponse{}, nil
}

func book(balances map[string]int64, t *ledgerv1.TransactionDraft) error {
	var sum int64
	for _, e := range t.GetEntries() {
		n := e.GetAmount().GetMinorUnits()
		if n <= 0 {
			return fault.Field("entries", "must be positive")
		}
		if e.GetSide() == ledgerv1.Side_SIDE_DEBIT {
			n = -n
		}
		balances[e.GetAccount()] += n
		sum += n
	}
	for _, s := range t.GetSources() {
		left := s.GetAmount().GetMinorUnits()
		sum -= left
		for i, path := range s.GetAccounts() {
			take := left
			if limited(path) && i < len(s.GetAccounts())-1 {
				take = min(left, max(balances[path], 0))
			}
			balances[path] -= take
			left -= take
		}
	}
	if sum != 0 {
		return fault.New(fault.Invalid, "UNBALANCED", "Does not balance.")
	}
	for path, n := range balances {
		if limited(path) && n < 0 {
			return fault.New(fault.Precondition, "INSUFFICIENT_FUNDS", "Not enough money.")
		}
	}
	return nil
}

func (f *fakeLedger) GetFundStatement(_ context.Context, r *ledgerv1.GetFundStatementRequest, _ ...grpc.CallOption) (*ledgerv1.FundStatement, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.statements++
	return &ledgerv1.FundStatement{Fund: r.GetFund(), LastDay: r.GetLastDay(), Figures: []*ledgerv1.FundStatementFigures{
		{CurrencyCode: "EUR", Received: 10000, TakenBack: 1000, Paid: 4000, Returned: 500},
	}}, nil
}

// balance returns the balance of an account.
func (f *fakeLedger) balance(path string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.balances[path]
}

// wantBalances checks all balances that are not zero.
func (f *fakeLedger) wantBalances(t *testing.T, want map[string]int64) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	got := maps.Clone(f.balances)
	maps.DeleteFunc(got, func(_ string, n int64) bool { return n == 0 })
	if !maps.Equal(got, want) {
		for _, path := range slices.Sorted(maps.Keys(got)) {
			t.Logf("%s %d", path, got[path])
		}
		t.Errorf("balances = %v, want %v", got, want)
	}
}
