// Package bench measures the ledger on the program as shipped: a process of its
// own, mutual TLS, policies and logs as in production, and a PostgreSQL that
// syncs. Each figure is a ratio against baselines of the same run.
package bench

import (
	"fmt"
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/ledgerprocess"
	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
)

// stack is a PostgreSQL and a ledger process.
type stack struct {
	*ledgerprocess.Stack
	cluster *pgcluster.Cluster
}

// figure prints one result.
func figure(name string, value float64, unit string) {
	fmt.Printf("figure %s %.2f %s\n", name, value, unit)
}

// start builds the program and runs one ledger with a fresh database.
func start(b *testing.B) *stack {
	b.Helper()
	s := ledgerprocess.Start(b, ledgerprocess.Build(b), "shared_buffers=512MB", "max_wal_size=4GB")
	return &stack{Stack: s, cluster: s.Cluster()}
}

// connect opens n connections as a service.
func (s *stack) connect(b *testing.B, n int) []ledgerv1.PostingServiceClient {
	b.Helper()
	clients := make([]ledgerv1.PostingServiceClient, n)
	for i := range clients {
		clients[i] = ledgerv1.NewPostingServiceClient(s.Dial("donations"))
	}
	return clients
}
