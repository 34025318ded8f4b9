package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// maxKeys bounds the accounts of one GetBalances.
const maxKeys = 500

// committer books units, durably or not at all.
type committer interface {
	Commit(ctx context.Context, u book.Unit) (book.Result, error)
}

// reader reads what accounts have, and what was decided.
type reader interface {
	Balances(ctx context.Context, accounts []leaf.Account) ([]book.Balance, error)
	DecisionsAbout(ctx context.Context, resource string) ([]*leaf.Decision, error)
	Policies(ctx context.Context) (book.Policies, error)
	Stands(ctx context.Context) (book.Stands, error)
	LeavesOf(ctx context.Context, references []string) (map[string]leaf.Leaf, error)
}

// Posting serves PostingService.
type Posting struct {
	commit committer
	books  reader
	now    func() time.Time
	// identities makes what STAFF leaves say.
	identities Identities

	open bool // tests see by it what the purviews keep out
}

var _ ledgerv1.PostingServiceServer = (*Posting)(nil)

// NewPosting returns the server of PostingService.
func NewPosting(commit committer, books reader, now func() time.Time) *Posting {
	return &Posting{commit: commit, books: books, now: now}
}

// Binding returns the server, which binds pseudonyms to identities under a key from
// then on.
func (s *Posting) Binding(identities Identities) *Posting {
	s.identities = identities
	return s
}

// Post books transactions as one unit.
func (s *Posting) Post(ctx context.Context, req *ledgerv1.PostRequest) (*ledgerv1.PostResponse, error) {
	if len(req.GetTransactions()) == 0 {
		return nil, fault.Field("transactions", fault.FieldRequired, "must not be empty")
	}
	drafts, err := Drafts(caller(ctx), req.GetTransactions())
	if err != nil {
		return nil, err
	}
	r, err := s.book(ctx, nil, drafts)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.PostResponse{Replayed: r.Replayed, Transactions: make([]*ledgerv1.Transaction, len(r.Leaves))}
	for i, l := range r.Leaves {
		resp.Transactions[i] = hashedTransaction(l.Transaction, r.Hashes[i])
	}
	return resp, nil
}

// Reverse books the counter-transaction of an earlier one.
func (s *Posting) Reverse(ctx context.Context, req *ledgerv1.ReverseRequest) (*ledgerv1.ReverseResponse, error) {
	day, err := dayOf("occurredOn", req.GetOccurredOn())
	if err != nil {
		return nil, err
	}
	r, err := s.book(ctx, nil, []book.Draft{{
		Reference: req.GetReference(), Kind: leaf.Reversal, Source: req.GetSource(),
		OccurredOn: day, Reverses: req.GetOriginalReference(), By: caller(ctx),
	}})
	if err != nil {
		return nil, ofReverse(err)
	}
	return &ledgerv1.ReverseResponse{Transaction: hashedTransaction(r.Leaves[0].Transaction, r.Hashes[0]), Replayed: r.Replayed[0]}, nil
}

// GetBalances reads balances at one moment.
func (s *Posting) GetBalances(ctx context.Context, req *ledgerv1.GetBalancesRequest) (*ledgerv1.GetBalancesResponse, error) {
	accounts, err := keysOf(req.GetAccounts())
	if err != nil {
		return nil, err
	}
	found, err := s.books.Balances(ctx, accounts)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.GetBalancesResponse{Accounts: make([]*ledgerv1.Account, len(accounts))}
	for i, a := range accounts {
		resp.Accounts[i] = accountProto(a, found[i])
	}
	return resp, nil
}

// CheckPlanDecisions answers where a plan is decided.
func (s *Posting) CheckPlanDecisions(ctx context.Context, req *ledgerv1.CheckPlanDecisionsRequest) (*ledgerv1.CheckPlanDecisionsResponse, error) {
	if _, err := resource.PaymentPlan.ID("plan", req.GetPlan()); err != nil {
		return nil, err
	}
	var commitment [32]byte
	if len(req.GetCommitment()) != len(commitment) {
		return nil, fault.Field("commitment", fault.FieldWrongLength, "must be exactly 32 bytes")
	}
	copy(commitment[:], req.GetCommitment())
	decisions, err := s.books.DecisionsAbout(ctx, req.GetPlan())
	if err != nil {
		return nil, err
	}
	policies, err := s.books.Policies(ctx)
	if err != nil {
		return nil, err
	}
	stands, err := s.books.Stands(ctx)
	if err != nil {
		return nil, err
	}
	return &ledgerv1.CheckPlanDecisionsResponse{}, book.CheckPlan(decisions, policies, stands, commitment)
}

func (s *Posting) book(ctx context.Context, decisions []book.Decision, drafts []book.Draft) (book.Result, error) {
	u, err := book.NewUnit(decisions, drafts, leaf.DayOf(s.now()))
	if err != nil {
		return book.Result{}, err
	}
	if err := inPurview(caller(ctx), decisions, drafts); err != nil && !s.open {
		return book.Result{}, err
	}
	return s.commit.Commit(ctx, u)
}

func keysOf(in []*ledgerv1.AccountKey) ([]leaf.Account, error) {
	if len(in) == 0 || len(in) > maxKeys {
		return nil, fault.Field("accounts", fault.FieldWrongCount, "must be 1 to 500")
	}
	out := make([]leaf.Account, len(in))
	for i, k := range in {
		if _, err := account.Parse(k.GetPath()); err != nil {
			return nil, fault.Field(fmt.Sprintf("accounts[%d].path", i), fault.FieldMalformed, err.Error())
		}
		if !money.Defined(k.GetCurrencyCode()) {
			return nil, fault.Field(fmt.Sprintf("accounts[%d].currencyCode", i), fault.FieldCurrencyUnknown, "must be an ISO 4217 code in capitals")
		}
		out[i] = leaf.Account{Path: k.GetPath(), Currency: k.GetCurrencyCode()}
	}
	return out, nil
}

// ofReverse renames the fields of a fault from those of a draft to those of a
// ReverseRequest.
func ofReverse(err error) error {
	f := fault.As(err)
	if f == nil || len(f.Violations) == 0 {
		return err
	}
	c := f.With(err)
	c.Violations = nil
	for _, v := range f.Violations {
		v.Field = strings.TrimPrefix(v.Field, "transactions[0].")
		if v.Field == "reverses" {
			v.Field = "originalReference"
		}
		c.Violations = append(c.Violations, v)
	}
	return c
}
