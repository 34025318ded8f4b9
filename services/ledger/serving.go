package ledger

import (
	"context"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/custodian"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/duty"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// newServer puts the ledger's RPCs and duties before its books.
func newServer(s *service.Service, books *store.Store, publishing *publish.Runner, committer publish.Guarded, standing *server.Standing) service.Server {
	posting := server.NewPosting(committer, books, s.Now).Binding(standing.Identities())
	adjustments := store.NewAdjustments(books, s.Queue)
	booking := duty.NewAdjustments(adjustments, committer, server.AdjustmentDraft, s.Now)
	holders := custodian.New(disbursementsv1.NewReconciliationServiceClient(s.Peer("disbursements")),
		donationsv1.NewReconciliationServiceClient(s.Peer("donations")))
	return service.Server{
		Health: gateHealth(publishing),
		Duties: []runner.Duty{
			runner.By(decision.Kind, decision.NewRecorder(s.DB, recordOwn(posting), s.Now)), booking.Duty(),
		},
		Register: func(g grpc.ServiceRegistrar) {
			ledgerv1.RegisterPostingServiceServer(g, posting)
			ledgerv1.RegisterStandingServiceServer(g, standing)
			ledgerv1.RegisterLedgerServiceServer(g, server.NewReader(books, s.Pager()))
			ledgerv1.RegisterLogServiceServer(g, server.NewLog(publishing.Publisher(), books))
			ledgerv1.RegisterAdjustmentServiceServer(g, server.NewAdjustments(adjustments, booking, s.Pager(), s.Now))
			ledgerv1.RegisterPeriodServiceServer(g, server.NewPeriods(store.NewPeriods(books), committer, holders, s.Pager(), s.Now))
		},
	}
}

// recordOwn records the service's own decisions without a connection to itself, under
// a name that no caller has.
func recordOwn(posting *server.Posting) decision.Record {
	return func(ctx context.Context, req *ledgerv1.RecordByRuleRequest, _ ...grpc.CallOption) (*ledgerv1.RecordByRuleResponse, error) {
		return posting.RecordByRule(identity.Into(ctx, identity.Caller{Service: string(rule.Ledger)}), req)
	}
}
