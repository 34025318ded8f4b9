package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// ledger is what both of them answer.
type ledger struct {
	*server.Posting
	reports interface {
		GetFundStatement(context.Context, *ledgerv1.GetFundStatementRequest) (*ledgerv1.FundStatement, error)
	}
}

// stored are the reports of the real ledger.
type stored struct{ *store.Store }

func (s stored) GetFundStatement(ctx context.Context, r *ledgerv1.GetFundStatementRequest) (*ledgerv1.FundStatement, error) {
	return server.FundStatement(ctx, s.Store, r)
}

// Whatever services ask, in whatever order, the ledger in memory and the one on
// disk give the same answers: the same is booked, refused and repeated.
func TestTheLedgerInMemoryAnswersAsTheRealOneDoes(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	opened := 0
	rapid.Check(t, func(r *rapid.T) {
		opened++
		// Given two empty ledgers
		s, err := store.Open(context.Background(), db, fmt.Sprintf("ledger-%d", opened))
		if err != nil {
			r.Fatal(err)
		}
		s.WithoutRoles()
		writer := store.NewCommitter(s, slog.New(slog.DiscardHandler), noon)
		defer writer.Stop()
		m := newMemory()
		disk := ledger{server.NewPosting(writer, s, noon), stored{s}}
		inMemory := ledger{server.NewPosting(m, m, noon), reports{books: m}}
		// When services call
		draw := &script{T: r}
		calls := append(draw.opening(), make([]call, rapid.IntRange(1, 15).Draw(r, "calls"))...)
		for _, c := range calls {
			if c.request == nil {
				c = draw.call()
			}
			want, wantErr := c.on(disk)
			got, gotErr := c.on(inMemory)
			// Then both answer alike.
			if diff := cmp.Diff(answer(want), answer(got), protocmp.Transform()); diff != "" {
				r.Fatalf("%s answers differ: %s", c.service, diff)
			}
			if diff := cmp.Diff(refusal(r, wantErr), refusal(r, gotErr)); diff != "" {
				r.Fatalf("%s was refused: %s", c.service, diff)
			}
			draw.answered(wantErr)
		}
		for _, fund := range funds {
			c := call{service: "donations", request: &ledgerv1.GetFundStatementRequest{Fund: fund, FirstDay: "2026-11-24"}}
			want, wantErr := c.on(disk)
			got, gotErr := c.on(inMemory)
			if diff := cmp.Diff(answer(want), answer(got), protocmp.Transform()) + cmp.Diff(refusal(r, wantErr), refusal(r, gotErr)); diff != "" {
				r.Fatalf("statements differ: %s", diff)
			}
		}
	})
}

// call is one request of one service.
type call struct {
	service string
	request proto.Message
}

func (c call) on(l ledger) (proto.Message, error) {
	ctx := identity.Into(context.Background(), identity.Caller{Service: c.service})
	switch r := c.request.(type) {
	case *ledgerv1.PostRequest:
		return l.Post(ctx, r)
	case *ledgerv1.RecordByRuleRequest:
		return l.decide(c.service, r)
	case *ledgerv1.ReverseRequest:
		return l.Reverse(ctx, r)
	case *ledgerv1.GetBalancesRequest:
		return l.GetBalances(ctx, r)
	case *ledgerv1.CheckPlanDecisionsRequest:
		return l.CheckPlanDecisions(ctx, r)
	case *ledgerv1.GetFundStatementRequest:
		return l.reports.GetFundStatement(ctx, r)
	}
	return nil, errors.New("unknown request")
}

// decide records what people decide in the call of each, and the rest by rule.
func (l ledger) decide(service string, r *ledgerv1.RecordByRuleRequest) (proto.Message, error) {
	out := &ledgerv1.RecordByRuleResponse{}
	for _, d := range r.GetDecisions() {
		caller := identity.Caller{Service: service, Person: d.GetPerson(), Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER}, AuthTime: noon()}
		ctx := identity.Into(context.Background(), caller)
		if d.GetPerson() == "" {
			resp, err := l.RecordByRule(ctx, &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{d}})
			if err != nil {
				return out, err
			}
			out.Decisions, out.Replayed = append(out.Decisions, resp.GetDecisions()...), append(out.Replayed, resp.GetReplayed()...)
			continue
		}
		own := proto.CloneOf(d)
		own.Person, own.Day = "", ""
		resp, err := l.Record(ctx, &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{own}})
		if err != nil {
			return out, err
		}
		out.Decisions, out.Replayed = append(out.Decisions, resp.GetDecisions()...), append(out.Replayed, resp.GetReplayed()...)
	}
	return out, nil
}

// answer leaves out what depends on random bytes, and whose ledger it is.
func answer(m proto.Message) proto.Message {
	switch m := m.(type) {
	case *ledgerv1.PostResponse:
		for _, t := range m.GetTransactions() {
			t.LeafHash = nil
		}
	case *ledgerv1.RecordByRuleResponse:
		for _, d := range m.GetDecisions() {
			d.LeafHash = nil
		}
	case *ledgerv1.ReverseResponse:
		if m != nil {
			m.GetTransaction().LeafHash = nil
		}
	}
	return m
}

// told is a fault as callers are told of it.
type told struct {
	Kind       fault.Kind
	Reason     fault.Reason
	Message    string
	Violations []fault.Violation
}

func refusal(r *rapid.T, err error) *told {
	if err == nil {
		return nil
	}
	f := fault.As(err)
	if f == nil {
		r.Fatalf("no fault: %v", err)
	}
	return &told{f.Kind, f.Reason, f.Message, f.Violations}
}
