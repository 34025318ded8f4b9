package disbursements

import (
	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// peers are the services that this one calls.
type peers struct {
	access   *grpc.ClientConn
	posting  ledgerv1.PostingServiceClient
	requests familiesv1.AllocationInputServiceClient
	release  familiesv1.ReleaseServiceClient
	funds    donationsv1.FundServiceClient

	conns []*grpc.ClientConn
}

func dial(cfg Config, tls *mtls.Identity) (*peers, error) {
	p := &peers{}
	open := map[string]*grpc.ClientConn{}
	for name, addr := range map[string]string{
		"access": cfg.AccessAddr, "ledger": cfg.LedgerAddr, "families": cfg.FamiliesAddr, "donations": cfg.DonationsAddr,
	} {
		conn, err := rpc.Dial(addr, tls.Client(name))
		if err != nil {
			p.close()
			return nil, err
		}
		open[name], p.conns = conn, append(p.conns, conn)
	}
	p.access = open["access"]
	p.posting = ledgerv1.NewPostingServiceClient(open["ledger"])
	p.requests = familiesv1.NewAllocationInputServiceClient(open["families"])
	p.release = familiesv1.NewReleaseServiceClient(open["families"])
	p.funds = donationsv1.NewFundServiceClient(open["donations"])
	return p, nil
}

func (p *peers) close() {
	for _, conn := range p.conns {
		conn.Close()
	}
}
