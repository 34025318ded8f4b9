// Package ledgertest is a ledger in memory for the tests of other services: the
// real rules of the books behind the real PostingService, and no database. What it
// books or refuses, the real ledger does too, but that people decide without grants. It is the one package of a service
// that tests of another one may import.
package ledgertest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// Ledger is a ledger in memory. Calls of its clients have the trouble that a test
// makes; what it is told by its own methods has not.
type Ledger struct {
	rpctest.Trouble

	t      testing.TB
	rpc    *rpctest.Bench
	memory *memory
	server *server.Posting
	staff  *server.Standing
	now    func() time.Time
	given  map[string]bool // references of what the test began with

	mu     sync.Mutex
	people []rpc.Authenticator // guarded by mu
}

// New returns an empty ledger, whose day is that of now. It stops with the test.
func New(t testing.TB, now func() time.Time) *Ledger {
	t.Helper()
	l := &Ledger{t: t, memory: newMemory(), now: now, given: map[string]bool{}}
	l.staff = server.NewStanding(l.memory, server.NewIdentities([]byte("the key of a test")), now)
	l.server = server.NewPosting(l.memory, l.memory, now).Binding(l.staff.Identities())
	l.rpc = rpctest.New(t, func(g *grpc.Server) { l.Register(g) }, l)
	l.rpc.Follow(now)
	return l
}

// Register adds the ledger's RPCs to a server of the test's own.
func (l *Ledger) Register(g grpc.ServiceRegistrar) {
	ledgerv1.RegisterPostingServiceServer(g, l.server)
	ledgerv1.RegisterStandingServiceServer(g, l.staff)
	ledgerv1.RegisterLedgerServiceServer(g, reports{books: l.memory})
}

// Trust has the ledger know the people whom another bench knows: those whose calls
// the service under test passes on with their tokens.
func (l *Ledger) Trust(people rpc.Authenticator) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.people = append(l.people, people)
}

// Authenticate asks those whom the ledger trusts.
func (l *Ledger) Authenticate(ctx context.Context, bearer string) (identity.Caller, error) {
	l.mu.Lock()
	people := slices.Clone(l.people)
	l.mu.Unlock()
	for _, p := range people {
		if c, err := p.Authenticate(ctx, bearer); err == nil {
			return c, nil
		}
	}
	return identity.Caller{}, fault.New(fault.Unauthenticated, fault.ReasonUnauthenticated, "A valid credential is needed.")
}

// PostingOf returns a client of PostingService that calls as a service in the call of
// a person, who has just signed in.
func (l *Ledger) PostingOf(service, person string, roles ...policyv1.Role) ledgerv1.PostingServiceClient {
	l.t.Helper()
	return ledgerv1.NewPostingServiceClient(l.Around(l.rpc.As(identity.Caller{Service: service, Person: person, Roles: roles, AuthTime: l.now()})))
}

// Posting returns a client of PostingService that calls as a service.
func (l *Ledger) Posting(service string) ledgerv1.PostingServiceClient {
	return ledgerv1.NewPostingServiceClient(l.conn(service))
}

// Reports returns a client of LedgerService that calls as a service. Only fund
// statements can be read.
func (l *Ledger) Reports(service string) ledgerv1.LedgerServiceClient {
	return ledgerv1.NewLedgerServiceClient(l.conn(service))
}

func (l *Ledger) conn(service string) grpc.ClientConnInterface {
	l.t.Helper()
	return l.Around(l.rpc.As(identity.Caller{Service: service}))
}

// BookByPeople books what two people have agreed on, as the ledger itself does:
// with the decisions behind it, as one unit.
func (l *Ledger) BookByPeople(d *ledgerv1.TransactionDraft, decisions ...*ledgerv1.DecisionDraft) error {
	drafts, err := server.Drafts(rule.Ledger, []*ledgerv1.TransactionDraft{d})
	if err != nil {
		return err
	}
	return l.byPeople(drafts, decisions)
}

// DecidedByPeople records what two people have decided and a service is to book.
func (l *Ledger) DecidedByPeople(decisions ...*ledgerv1.DecisionDraft) error {
	return l.byPeople(nil, decisions)
}

func (l *Ledger) byPeople(drafts []book.Draft, decisions []*ledgerv1.DecisionDraft) error {
	decided, err := server.Decisions(decisions, leaf.DayOf(l.now()))
	if err != nil {
		return err
	}
	u, err := book.NewUnit(decided, drafts, leaf.DayOf(l.now()))
	if err != nil {
		return err
	}
	_, err = l.memory.Commit(context.Background(), u)
	return err
}

// reports serves the part of LedgerService that other services call.
type reports struct {
	ledgerv1.UnimplementedLedgerServiceServer
	books *memory
}

// GetFundStatement reads what a fund got and gave.
func (r reports) GetFundStatement(ctx context.Context, req *ledgerv1.GetFundStatementRequest) (*ledgerv1.FundStatement, error) {
	return server.FundStatement(ctx, r.books, req)
}
