package ledger

import (
	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/custodian"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// newServer puts the ledger's RPCs and duties before its books.
func newServer(s *service.Service, books *store.Store, publishing *publish.Runner, committer publish.Guarded, standing *server.Standing) service.Server {
	posting := server.NewPosting(committer, books, s.Now).Binding(standing.Identities())
	adjustments := store.NewAdjustments(books, server.AdjustmentDraft)
	holders := custodian.New(disbursementsv1.NewReconciliationServiceClient(s.Peer("disbursements")),
		donationsv1.NewReconciliationServiceClient(s.Peer("donations")))
	return service.Server{
		Health: gateHealth(publishing),
		Register: func(g grpc.ServiceRegistrar) {
			ledgerv1.RegisterPostingServiceServer(g, posting)
			ledgerv1.RegisterStandingServiceServer(g, standing)
			ledgerv1.RegisterLedgerServiceServer(g, server.NewReader(books, s.Pager()))
			log := server.NewLog(publishing.Publisher(), books)
			ledgerv1.RegisterLogServiceServer(g, log)
			ledgerv1.RegisterProofServiceServer(g, server.NewProofs(log, books))
			ledgerv1.RegisterAdjustmentServiceServer(g, server.NewAdjustments(adjustments, publishing.Gate(), s.Pager(), s.Now))
			ledgerv1.RegisterPeriodServiceServer(g, server.NewPeriods(store.NewPeriods(books), committer, holders, publishing.Gate(), s.Pager(), s.Now))
		},
	}
}
