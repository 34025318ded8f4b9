// Package duty does what rows of this service owe to others: the rest of a
// commit, the submission of a payment, postings, the sealing of files. Every
// duty may run again, and twice at once: it finds by reference what it has done.
package duty

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// Ledger is what of the ledger is called.
type Ledger interface {
	posting.Poster
	RecordByRule(ctx context.Context, req *ledgerv1.RecordByRuleRequest, opts ...grpc.CallOption) (*ledgerv1.RecordByRuleResponse, error)
	CheckLeaves(ctx context.Context, req *ledgerv1.CheckLeavesRequest, opts ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error)
}

// Payouts takes lines of a bank that are payouts of Stripe, or gifts.
type Payouts interface {
	// ClosePayout closes the payout of an amount that is on its way.
	ClosePayout(ctx context.Context, r *donationsv1.ClosePayoutRequest, opts ...grpc.CallOption) (*donationsv1.ClosePayoutResponse, error)
	// TakeBankGift takes a gift by bank transfer.
	TakeBankGift(ctx context.Context, r *donationsv1.TakeBankGiftRequest, opts ...grpc.CallOption) (*donationsv1.TakeBankGiftResponse, error)
}

// Options are what a Worker is made of.
type Options struct {
	Store *store.Store
	// Posting is the ledger.
	Posting Ledger
	// Requests and Release are the families service.
	Requests familiesv1.AllocationInputServiceClient
	Release  familiesv1.ReleaseServiceClient
	// Rails are those that are configured.
	Rails rail.Set
	// People is the access service.
	People People
	// Payouts is the donations service, which knows what Stripe has sent.
	Payouts Payouts
	Log     *slog.Logger
	Now     func() time.Time
}

// Worker does the duties.
type Worker struct {
	Options
	// page is how much of a round one page is, pages how many one run does.
	page, pages int
	// movedAt is when plans were last looked through for families that are paid elsewhere.
	movedAt atomic.Pointer[time.Time]
}

// New returns a worker.
func New(o Options) *Worker { return &Worker{Options: o, page: pageSize, pages: pagesAtOnce} }

// Duties lists what a runner has to do.
func (w *Worker) Duties() []duty.Duty {
	return []duty.Duty{
		{Kind: store.DutyCommit, Owed: w.Store.OwedCommits, Do: w.Commit},
		{Kind: store.DutyCancel, Owed: w.Store.OwedCancellations, Do: w.Cancel},
		{Kind: store.DutySubmit, Owed: w.Store.OwedSubmissions, Do: w.Submit},
		{Kind: store.DutyPosting, Owed: w.Store.OwedPostings, Do: w.Post},
		{Kind: store.DutySeal, Owed: w.Store.OwedFiles, Do: w.Seal},
		{Kind: store.DutyDestroy, Owed: w.Store.OwedDestructions, Ahead: w.Store.NextDestruction, Do: w.Destroy},
		{Kind: store.DutyVoid, Owed: w.Store.OwedVoids, Do: w.Void},
		{Kind: store.DutyExpire, Owed: w.Store.OwedExpiries, Ahead: w.Store.NextExpiry, Do: w.Expire},
		{Kind: store.DutyWithdraw, Owed: w.Store.OwedWithdrawals, Ahead: w.Store.NextWithdrawal, Do: w.Withdraw},
		{Kind: store.DutyGap, Owed: w.Store.OwedGaps, Do: w.Gap},
		{Kind: store.DutySuspense, Owed: w.Store.OwedSuspense, Do: w.Suspend},
	}
}

// post books drafts as one unit and reports whether the first was there before.
func (w *Worker) post(ctx context.Context, drafts ...*ledgerv1.TransactionDraft) (replayed bool, err error) {
	resp, err := w.Posting.Post(ctx, &ledgerv1.PostRequest{Transactions: drafts})
	if err != nil {
		return false, err
	}
	return len(resp.GetReplayed()) > 0 && resp.GetReplayed()[0], nil
}

func amount(minor int64, currency string) money.Amount {
	return money.Amount{MinorUnits: minor, Currency: currency}
}
