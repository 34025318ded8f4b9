package donations

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/checkout"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/posting"
	"github.com/solidarity-fund/solidarity/services/donations/internal/projection"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/donations/internal/webhook"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// works are what does the service's duties.
type works struct {
	store     *store.Store
	desk      *checkout.Desk
	projector *projection.Projector
	poster    *posting.Poster
	door      *webhook.Door
}

// worksOptions are the settings of works.
type worksOptions struct {
	references  []byte   // keys the ledger references
	signing     []string // secrets of Stripe's webhooks
	mode        partner.Mode
	development bool
	log         *slog.Logger
	now         func() time.Time
}

func newWorks(s *store.Store, stripe *stripeapi.Client, ledger grpc.ClientConnInterface, keys *seal.Keyring, o worksOptions) works {
	return works{
		store:     s,
		desk:      checkout.New(s, stripe),
		projector: projection.New(s, stripe, o.log, o.now, o.development),
		poster:    posting.New(s, ledgerv1.NewPostingServiceClient(ledger), o.references),
		door:      webhook.New(s, keys, o.signing, o.mode == partner.Live, o.now),
	}
}

// duties lists what rows of this service can owe.
func (w works) duties() []duty.Duty {
	return []duty.Duty{
		{Kind: store.DutyEvent, Owed: w.store.OwedEvents, Do: w.projector.Event},
		{Kind: store.DutyPost, Owed: w.store.OwedPostings, Do: w.poster.Donation},
		{Kind: store.DutyClear, Owed: w.store.OwedClearings, Do: w.clear},
		{Kind: store.DutyPostCleared, Owed: w.store.OwedRuns, Do: w.poster.Run},
		{Kind: store.DutyCheckout, Owed: w.store.OwedCheckouts, Do: w.desk.Open},
		{Kind: store.DutyExpire, Owed: w.store.OwedExpiries, Do: w.desk.Close},
		{Kind: store.DutyReread, Owed: w.store.OwedRereads, Do: w.projector.Unheard},
		{Kind: store.DutyForget, Owed: w.door.OwedWeeks, Do: w.door.Forget},
	}
}

// clear gathers what is due of one fund and currency ("general/EUR").
func (w works) clear(ctx context.Context, account string) error {
	fund, currency, _ := strings.Cut(account, "/")
	return w.store.OpenRun(ctx, fund, currency)
}
