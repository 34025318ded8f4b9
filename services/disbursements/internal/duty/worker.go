// Package duty does what rows of this service owe to others: the rest of a
// commit, the submission of a payment, postings, the sealing of files. Every
// duty may run again, and twice at once; what it has done it finds by reference.
package duty

import (
	"context"
	"log/slog"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// Files makes payment files, and destroys them when nobody needs them.
type Files interface {
	// Compose makes the sealed file of its sealed instructions.
	Compose(ctx context.Context, content payment.FileContent) (payment.SealedFile, error)
	// Destroy destroys a file's key.
	Destroy(ctx context.Context, fileID string) error
}

// Options are what a Worker is made of.
type Options struct {
	Store *store.Store
	// Posting is the ledger.
	Posting ledgerv1.PostingServiceClient
	// Requests and Release are the families service.
	Requests familiesv1.AllocationInputServiceClient
	Release  familiesv1.ReleaseServiceClient
	// Rails by id.
	Rails map[string]rail.Rail
	Files Files
	// Record brings one owed decision to the ledger, by its reference.
	Record func(ctx context.Context, reference string) error
	Log    *slog.Logger
}

// Worker does the duties.
type Worker struct{ Options }

// New returns a worker.
func New(o Options) *Worker { return &Worker{o} }

// Duties lists what a runner has to do.
func (w *Worker) Duties() []duty.Duty {
	return []duty.Duty{
		{Kind: store.DutyCommit, Owed: w.Store.OwedCommits, Do: w.Commit},
		{Kind: store.DutyCancel, Owed: w.Store.OwedCancellations, Do: w.Cancel},
		{Kind: store.DutySubmit, Owed: w.Store.OwedSubmissions, Do: w.Submit},
		{Kind: store.DutyPosting, Owed: w.Store.OwedPostings, Do: w.Post},
		{Kind: store.DutySeal, Owed: w.Store.OwedFiles, Do: w.Seal},
		{Kind: store.DutyDestroy, Owed: w.Store.OwedDestructions, Do: w.Destroy},
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

func debit(account string, minor int64, currency string) *ledgerv1.EntryDraft {
	return entry(account, minor, currency, ledgerv1.Side_SIDE_DEBIT)
}

func credit(account string, minor int64, currency string) *ledgerv1.EntryDraft {
	return entry(account, minor, currency, ledgerv1.Side_SIDE_CREDIT)
}

func entry(account string, minor int64, currency string, side ledgerv1.Side) *ledgerv1.EntryDraft {
	return &ledgerv1.EntryDraft{Account: account, Side: side, Amount: amount(minor, currency)}
}

func amount(minor int64, currency string) *typev1.Money {
	return &typev1.Money{MinorUnits: minor, CurrencyCode: currency}
}

// day writes the UTC day of t.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
