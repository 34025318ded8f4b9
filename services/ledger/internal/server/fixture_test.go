package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/custodian"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// fixture is a whole ledger service, its clock standing at a day.
type fixture struct {
	t     *testing.T
	bench *rpctest.Bench
	db    *postgres.DB
	store *store.Store
	gate  *publish.Gate
	proof *server.Log
	now   time.Time
	world *world // what banks and Stripe say
}

const today = postingtest.Today

func setup(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{
		t: t, db: postgrestest.New(t, store.Migrations()), world: &world{},
		now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
	}
	now := func() time.Time { return f.now }
	var err error
	if f.store, err = store.Open(t.Context(), f.db, "main"); err != nil {
		t.Fatal(err)
	}
	f.store.WithoutRoles()
	writer := store.NewCommitter(f.store, slog.New(slog.DiscardHandler), now)
	t.Cleanup(writer.Stop)
	publishing, err := publish.New(publish.Options{
		Store: f.store, Origin: "example.org/log", Log: slog.New(slog.DiscardHandler), Now: now,
		Seed: func(generation int) []byte { return bytes.Repeat([]byte{byte(generation)}, 32) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := publishing.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.gate = publishing.Gate()
	committer := f.gate.Guard(writer)
	adjustments := store.NewAdjustments(f.store, server.AdjustmentDraft)
	pager := page.New([]byte("secret"))
	f.proof = server.NewLog(publishing.Publisher(), f.store)
	f.bench = rpctest.New(t, func(g *grpc.Server) {
		ledgerv1.RegisterPostingServiceServer(g, server.NewPosting(committer, f.store, now))
		ledgerv1.RegisterLedgerServiceServer(g, server.NewReader(f.store, pager))
		ledgerv1.RegisterLogServiceServer(g, f.proof)
		ledgerv1.RegisterProofServiceServer(g, server.NewProofs(f.proof, f.store))
		ledgerv1.RegisterAdjustmentServiceServer(g, server.NewAdjustments(adjustments, f.gate, pager, now))
		ledgerv1.RegisterPeriodServiceServer(g, server.NewPeriods(store.NewPeriods(f.store), committer, custodian.New(f.world, f.world), f.gate, pager, now))
	})
	return f
}

// posting is a client that calls as the service whose business each call is.
func (f *fixture) posting() ledgerv1.PostingServiceClient {
	return routed{ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: "donations"})), f}
}

// routed brings rounds, awards and attempts as disbursements, everything else as
// donations.
type routed struct {
	ledgerv1.PostingServiceClient
	f *fixture
}

func (r routed) disbursements() ledgerv1.PostingServiceClient {
	return ledgerv1.NewPostingServiceClient(r.f.bench.As(identity.Caller{Service: "disbursements"}))
}

func (r routed) Post(ctx context.Context, req *ledgerv1.PostRequest, opts ...grpc.CallOption) (*ledgerv1.PostResponse, error) {
	for _, d := range req.GetTransactions() {
		for _, word := range []string{"_ROUND_", "_AWARD_", "_ATTEMPT_", "_EMERGENCY_", "_BANK_CHARGE"} {
			if strings.Contains(d.GetKind().String(), word) {
				return r.disbursements().Post(ctx, req, opts...)
			}
		}
	}
	return r.PostingServiceClient.Post(ctx, req, opts...)
}

func (f *fixture) books() ledgerv1.LedgerServiceClient {
	return ledgerv1.NewLedgerServiceClient(f.as("staff/s_auditor", policyv1.Role_ROLE_AUDITOR))
}

func (f *fixture) log() ledgerv1.LogServiceClient {
	return ledgerv1.NewLogServiceClient(f.as("staff/s_auditor", policyv1.Role_ROLE_AUDITOR))
}

// as is a connection of a person with a role, through the gateway.
func (f *fixture) as(person string, role policyv1.Role) *grpc.ClientConn {
	return f.bench.As(identity.Caller{Service: "gateway", Person: person, Roles: []policyv1.Role{role}})
}

// post books drafts and fails the test if they are refused.
func (f *fixture) post(drafts ...*ledgerv1.TransactionDraft) *ledgerv1.PostResponse {
	f.t.Helper()
	resp, err := f.posting().Post(f.t.Context(), &ledgerv1.PostRequest{Transactions: drafts})
	if err != nil {
		f.t.Fatalf("post: %v", err)
	}
	return resp
}

// balance reads one account's credits less debits in EUR.
func (f *fixture) balance(path string) int64 {
	f.t.Helper()
	resp, err := f.posting().GetBalances(context.Background(), &ledgerv1.GetBalancesRequest{
		Accounts: []*ledgerv1.AccountKey{{Path: path, CurrencyCode: "EUR"}},
	})
	if err != nil {
		f.t.Fatalf("balance of %s: %v", path, err)
	}
	return resp.GetAccounts()[0].GetBalance()
}
