package server_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// trouble makes calls of a fake fail, before or after their effect.
type trouble struct {
	mu   sync.Mutex
	next map[string][]bool // method → for each coming call, whether it fails after its effect
}

// errLost is a call whose answer never came.
var errLost = fault.New(fault.Unavailable, "UNAVAILABLE", "The answer was lost.")

func (t *trouble) failNext(method string, afterEffect bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == nil {
		t.next = map[string][]bool{}
	}
	t.next[method] = append(t.next[method], afterEffect)
}

// before returns an error where the call fails before its effect, and a function
// that returns one where it fails after it.
func (t *trouble) before(method string) (after func() error, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	none := func() error { return nil }
	if len(t.next[method]) == 0 {
		return none, nil
	}
	afterEffect := t.next[method][0]
	t.next[method] = t.next[method][1:]
	if afterEffect {
		return func() error { return errLost }, nil
	}
	return none, errLost
}

// fakeLedger books like the ledger: by reference once, balanced, limited
// accounts never below zero, sources in order. It refuses money that the
// decisions before it do not carry.
type fakeLedger struct {
	ledgerv1.PostingServiceClient
	trouble

	mu        sync.Mutex
	booked    map[string]*ledgerv1.TransactionDraft
	balances  map[string]int64 // credits less debits
	decisions []*ledgerv1.DecisionDraft
	posting   func() // called within Post, before its effect
}

func newFakeLedger() *fakeLedger {
	return &fakeLedger{booked: map[string]*ledgerv1.TransactionDraft{}, balances: map[string]int64{}}
}

func (f *fakeLedger) Post(_ context.Context, r *ledgerv1.PostRequest, _ ...grpc.CallOption) (*ledgerv1.PostResponse, error) {
	after, err := f.before("Post")
	if err != nil {
		return nil, err
	}
	if f.posting != nil {
		f.posting()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	resp, balances := &ledgerv1.PostResponse{}, maps.Clone(f.balances)
	fresh := map[string]*ledgerv1.TransactionDraft{}
	for _, t := range r.GetTransactions() {
		earlier, replayed := f.booked[t.GetReference()]
		if replayed && !proto.Equal(earlier, t) {
			return nil, fault.New(fault.AlreadyExists, "REFERENCE_CONFLICT", "Booked with other content.")
		}
		resp.Replayed = append(resp.Replayed, replayed)
		if replayed {
			continue
		}
		if err := f.decided(t); err != nil {
			return nil, err
		}
		if err := apply(balances, t); err != nil {
			return nil, err
		}
		fresh[t.GetReference()] = t
	}
	f.balances = balances
	maps.Copy(f.booked, fresh)
	return resp, after()
}

func apply(balances map[string]int64, t *ledgerv1.TransactionDraft) error {
	var sum int64
	move := func(account string, n int64) {
		balances[account] += n
		sum += n
	}
	for _, e := range t.GetEntries() {
		if e.GetSide() == ledgerv1.Side_SIDE_DEBIT {
			move(e.GetAccount(), -e.GetAmount().GetMinorUnits())
		} else {
			move(e.GetAccount(), e.GetAmount().GetMinorUnits())
		}
	}
	for _, s := range t.GetSources() {
		left := s.GetAmount().GetMinorUnits()
		for i, account := range s.GetAccounts() {
			part := min(left, max(balances[account], 0))
			if i == len(s.GetAccounts())-1 {
				part = left
			}
			move(account, -part)
			left -= part
		}
	}
	if sum != 0 {
		return fmt.Errorf("%s does not balance: %d", t.GetReference(), sum)
	}
	if t.GetKind() == ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD {
		for _, e := range t.GetEntries() {
			fund, _, _ := strings.Cut(strings.TrimPrefix(e.GetAccount(), "fund:"), ":")
			if balances["deficit:"+fund] < 0 {
				return fault.New(fault.Precondition, "FUND_IN_DEFICIT", "A fund carries a deficit that must be covered first.")
			}
		}
	}
	for account, balance := range balances {
		if balance < 0 && (strings.HasPrefix(account, "fund:") || strings.HasPrefix(account, "round:") ||
			strings.HasPrefix(account, "award:") || strings.HasPrefix(account, "transit:")) {
			return fault.New(fault.Precondition, "INSUFFICIENT_FUNDS", "An account would fall below zero.")
		}
	}
	return nil
}

// decided checks, as the offline verifier does, that the decisions stand before
// the money: of one commitment, by different people.
func (f *fakeLedger) decided(t *ledgerv1.TransactionDraft) error {
	resource, kinds := t.GetSource(), []string(nil)
	switch t.GetKind() {
	case ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD:
		kinds = []string{"ROUND_SNAPSHOT", "ROUND_COMMITTED"}
	case ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED:
		resource = strings.Join(strings.Split(resource, "/")[:2], "/")
		kinds = []string{"PLAN_LOCKED", "PLAN_APPROVED", "PLAN_AUTHORIZED", "PLAN_RELEASED"}
	}
	people, commitments := map[string]bool{}, map[string]bool{}
	for _, kind := range kinds {
		var last *ledgerv1.DecisionDraft
		for _, d := range f.decisions {
			if d.GetKind().String() == "DECISION_KIND_"+kind && d.GetResource() == resource {
				last = d
			}
		}
		if last == nil || people[last.GetPerson()] {
			return fmt.Errorf("%s: no %s by a person of its own", t.GetReference(), kind)
		}
		people[last.GetPerson()], commitments[string(last.GetCommitment())] = true, true
	}
	if len(commitments) > 1 {
		return fmt.Errorf("%s: decisions are about different things", t.GetReference())
	}
	return nil
}

func (f *fakeLedger) Record(_ context.Context, r *ledgerv1.RecordRequest, _ ...grpc.CallOption) (*ledgerv1.RecordResponse, error) {
	after, err := f.before("Record")
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range r.GetDecisions() {
		known := slices.IndexFunc(f.decisions, func(e *ledgerv1.DecisionDraft) bool { return e.GetReference() == d.GetReference() })
		if known >= 0 && !proto.Equal(f.decisions[known], d) {
			return nil, fault.New(fault.AlreadyExists, "REFERENCE_CONFLICT", "Recorded with other content.")
		}
		if known < 0 {
			f.decisions = append(f.decisions, d)
		}
	}
	return &ledgerv1.RecordResponse{}, after()
}

func (f *fakeLedger) GetBalances(_ context.Context, r *ledgerv1.GetBalancesRequest, _ ...grpc.CallOption) (*ledgerv1.GetBalancesResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &ledgerv1.GetBalancesResponse{}
	for _, k := range r.GetAccounts() {
		resp.Accounts = append(resp.Accounts, &ledgerv1.Account{Path: k.GetPath(), CurrencyCode: k.GetCurrencyCode(), Balance: f.balances[k.GetPath()]})
	}
	return resp, nil
}

// set gives an account a balance out of nothing.
func (f *fakeLedger) set(account string, minor int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.balances[account] = minor
}

// sum is the balance of all accounts with a prefix.
func (f *fakeLedger) sum(prefix string) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var total int64
	for account, balance := range f.balances {
		if strings.HasPrefix(account, prefix) {
			total += balance
		}
	}
	return total
}

// kinds counts the booked transactions of a kind.
func (f *fakeLedger) kinds(kind ledgerv1.TransactionKind) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, t := range f.booked {
		if t.GetKind() == kind {
			n++
		}
	}
	return n
}
