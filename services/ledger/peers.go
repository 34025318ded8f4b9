package ledger

import (
	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/custodian"
)

// peers are the services that this one calls. They call the ledger too: connections
// are made at the first question only, so that all may start in any order.
type peers struct {
	access  *grpc.ClientConn
	holders *custodian.Custodians

	conns []*grpc.ClientConn
}

func dial(cfg Config, tls *mtls.Identity) (*peers, error) {
	p := &peers{}
	open := map[string]*grpc.ClientConn{}
	for name, addr := range map[string]string{
		"access": cfg.AccessAddr, "donations": cfg.DonationsAddr, "disbursements": cfg.DisbursementsAddr,
	} {
		conn, err := rpc.Dial(addr, tls.Client(name))
		if err != nil {
			p.close()
			return nil, err
		}
		open[name], p.conns = conn, append(p.conns, conn)
	}
	p.access = open["access"]
	p.holders = custodian.New(disbursementsv1.NewReconciliationServiceClient(open["disbursements"]),
		donationsv1.NewReconciliationServiceClient(open["donations"]))
	return p, nil
}

func (p *peers) close() {
	for _, conn := range p.conns {
		conn.Close()
	}
}
