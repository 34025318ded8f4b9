package server_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// BenchmarkRecord records decisions of people at 200 a second, each in a call of its
// own, on a PostgreSQL that syncs: half of them locks of plans, for which what leaves
// within 30 days is counted.
func BenchmarkRecord(b *testing.B) {
	const rate, length = 200, 10 * time.Second
	url, _ := postgrestest.Migrated(b, postgrestest.Cluster(b, true), "record", store.Migrations())
	db, err := postgres.Open(context.Background(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	books, err := store.Open(context.Background(), db, "main")
	if err != nil {
		b.Fatal(err)
	}
	books.WithoutRoles()
	writer := store.NewCommitter(books, slog.New(slog.DiscardHandler), time.Now)
	b.Cleanup(writer.Stop)
	bench := rpctest.New(b, func(g *grpc.Server) {
		ledgerv1.RegisterPostingServiceServer(g, server.NewPosting(writer, books, time.Now))
	})
	client := ledgerv1.NewPostingServiceClient(bench.As(identity.Caller{
		Service: "disbursements", Person: "staff/s_1", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER},
	}))
	var wg sync.WaitGroup
	took := make([]time.Duration, rate*int(length/time.Second))
	begin := time.Now()
	for i := range took {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / rate)))
		wg.Go(func() {
			at := time.Now()
			if _, err := client.Record(context.Background(), recordOf(decisionNumber(i))); err != nil {
				b.Errorf("record: %v", err)
			}
			took[i] = time.Since(at)
		})
	}
	wg.Wait()
	slices.Sort(took)
	fmt.Printf("figure ledger.record.p99_ms %.2f ms\n", took[len(took)*99/100].Seconds()*1000)
	fmt.Printf("figure ledger.record.median_ms %.2f ms\n", took[len(took)/2].Seconds()*1000)
}

// decisionNumber is a lock or an approval of a plan of its own.
func decisionNumber(i int) *ledgerv1.DecisionDraft {
	d := &ledgerv1.DecisionDraft{
		Kind: ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED, Resource: resource.PaymentPlan.Of(fmt.Sprint("p_", i/2)),
		Commitment: bytes.Repeat([]byte{7}, 32),
	}
	if i%2 == 1 {
		d.Kind = ledgerv1.DecisionKind_DECISION_KIND_PLAN_APPROVED
	}
	d.Reference, d.Content = fmt.Sprintf("%s/%d/%s", d.GetResource(), i, d.GetKind()), postingtest.Content(d.GetKind())
	return d
}
