// Package duty does what rows of this service owe to others: payment pages at
// Stripe, what its events ask for, postings to the ledger, keys to destroy. Every
// duty may run again, and twice at once; the row says whether it is still owed.
package duty

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Options are what a Worker is made of.
type Options struct {
	Store *store.Store
	// Pages, Objects, Holds, Refunds and Lists are Stripe.
	Pages   Pages
	Objects Objects
	Holds   Holds
	Refunds Refunds
	Lists   Lists
	// Givings is Stripe, too: for those who give again and again.
	Givings Givings
	// Policies say what the fund holds itself to.
	Policies Policies
	// Ledger books what was given and what has cleared. References is the secret of
	// 32 bytes by which its references are made; it never changes.
	Ledger     Ledger
	References []byte
	// Keys ends the keys of raw events.
	Keys Keys
	// Messages reaches partners' endpoints, and Secrets opens what signs them.
	Messages Messages
	Secrets  Secrets
	// Mailer tells donors that a payment has come.
	Mailer Mailer
	Log    *slog.Logger
	Now    func() time.Time
	// NoDelays lets gifts clear at once.
	NoDelays bool
}

// Ledger is what the ledger does for this service.
type Ledger interface {
	posting.Poster
	// GetBalances reads what accounts hold now.
	GetBalances(ctx context.Context, r *ledgerv1.GetBalancesRequest, opts ...grpc.CallOption) (*ledgerv1.GetBalancesResponse, error)
}

// Policies are what two people have agreed on.
type Policies interface {
	// Counts reads into policy what counts now, and leaves it as it is before the first
	// version.
	Counts(ctx context.Context, kind string, policy any) error
}

// policy is what counts now.
func (w *Worker) policy(ctx context.Context) (rules.Policy, error) {
	p := rules.Printed()
	err := w.Policies.Counts(ctx, rules.Kind, &p)
	return p, err
}

// Keys ends keys.
type Keys interface {
	// Destroy ends a subject's key for good.
	Destroy(ctx context.Context, subject seal.Subject) error
}

// Worker does the duties.
type Worker struct {
	Options

	sending  sending
	payments turns      // of events that tell of one payment
	posting  sync.Mutex // one call to the ledger at a time: what waits for it is booked by the next
}

// New returns a worker.
func New(o Options) *Worker { return &Worker{Options: o} }

// Duties lists what a runner has to do.
func (w *Worker) Duties() []duty.Duty {
	return []duty.Duty{
		{Kind: store.DutyEvent, Owed: w.Store.OwedEvents, Do: w.Event},
		{Kind: store.DutyPost, Owed: w.Store.OwedPostings, Do: w.Post},
		{Kind: store.DutyClear, Owed: w.Store.OwedClearings, Do: w.Store.OpenRuns},
		{Kind: store.DutyPostCleared, Owed: w.Store.OwedRuns, Do: w.PostCleared},
		{Kind: store.DutyCover, Owed: w.Store.OwedCovers, Do: w.Cover},
		{Kind: store.DutyPostCover, Owed: w.Store.OwedCoverings, Do: w.PostCovering},
		{Kind: store.DutyCheckout, Owed: w.Store.OwedCheckouts, Do: w.OpenPage},
		{Kind: store.DutyExpire, Owed: w.Store.OwedExpiries, Do: w.ClosePage},
		{Kind: store.DutyReread, Owed: w.Store.OwedRereads, Do: w.ReadPage},
		{Kind: store.DutyGiving, Owed: w.Store.OwedGivings, Do: w.Give},
		{Kind: store.DutyMail, Owed: w.Store.OwedMails, Do: w.Mail},
		{Kind: store.DutyForgetDonor, Owed: w.Store.OwedForgettings, Do: w.ForgetDonor},
		{Kind: store.DutyForget, Owed: w.OwedWeeks, Do: w.Forget},
		{Kind: store.DutyStartRefund, Owed: w.Store.OwedStarts, Do: w.StartRefund},
		{Kind: store.DutySendRefund, Owed: w.Store.OwedSends, Do: w.SendRefund},
		{Kind: store.DutyUndoRefund, Owed: w.Store.OwedUndos, Do: w.UndoRefund},
		{Kind: store.DutyMovement, Owed: w.Store.OwedMovements, Do: w.Movement},
		{Kind: store.DutyPostMovement, Owed: w.Store.OwedBookings, Do: w.PostMovement},
		{Kind: store.DutyPayoutLines, Owed: w.Store.OwedLines, Do: w.PayoutLines},
		{Kind: store.DutyPostArrival, Owed: w.Store.OwedArrivals, Do: w.PostArrival},
		{Kind: store.DutyPostBankGift, Owed: w.Store.OwedBankGifts, Do: w.PostBankGift},
		{Kind: store.DutyClearBankGift, Owed: w.Store.OwedBankClearings, Do: w.Store.ClearBankGift},
		{Kind: store.DutyWatch, Owed: w.Store.OwedWatches, Do: w.Watch},
		{Kind: store.DutyNotice, Owed: w.Store.OwedNotices, Do: w.Notice},
		{Kind: store.DutyDeliver, Owed: w.Store.OwedDeliveries, Do: w.Deliver},
		{Kind: store.DutySweep, Owed: w.Store.OwedSweeps, Do: w.Sweep},
	}
}

// now is the time in UTC.
func (w *Worker) now() time.Time { return w.Now().UTC() }
