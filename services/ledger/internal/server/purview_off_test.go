package server_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// arrivals counts the units that arrive at the books, and books none.
type arrivals int

var errArrived = errors.New("arrived")

func (a *arrivals) Commit(context.Context, book.Unit) (book.Result, error) {
	*a++
	return book.Result{}, errArrived
}

// What a service may not bring is kept from the books by its purview, and by
// nothing else.
func TestWithoutPurviewsAServiceBringsAnything(t *testing.T) {
	t.Parallel()
	ctx := identity.Into(t.Context(), identity.Caller{Service: "access"})
	var books arrivals
	posting := server.NewPosting(&books, nil, func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) })
	bring := map[string]func() error{
		"a gift": func() error {
			_, err := posting.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{postingtest.Gift("donations/d_1", 5000)}})
			return err
		},
		"a release": func() error {
			_, err := posting.RecordByRule(ctx, &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{{
				Reference: "release", Kind: ledgerv1.DecisionKind_DECISION_KIND_PLAN_RELEASED, Resource: "paymentPlans/p_1",
				Person: "staff/s_1", Day: today, Commitment: bytes.Repeat([]byte{1}, 32),
			}}})
			return err
		},
		"the ledger's own reference": func() error {
			_, err := posting.RecordByRule(ctx, &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{{
				Reference: "ledger/main/keys/1", Kind: ledgerv1.DecisionKind_DECISION_KIND_GRANT_PROPOSED,
				Person: "staff/s_1", Day: today, Commitment: bytes.Repeat([]byte{1}, 32),
				Content: postingtest.Content(ledgerv1.DecisionKind_DECISION_KIND_GRANT_PROPOSED),
			}}})
			return err
		},
	}
	for what, try := range bring {
		if err := try(); fault.As(err) == nil || books != 0 {
			t.Errorf("access brings %s: %v", what, err)
		}
	}
	posting.WithoutPurviews()
	for what, try := range bring {
		if err := try(); !errors.Is(err, errArrived) {
			t.Errorf("without purviews, %s: %v", what, err)
		}
	}
}
