package server_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// hashed books in memory and says that leaves have hashes which nobody else makes.
type hashed struct{ memory }

func (h hashed) Commit(ctx context.Context, u book.Unit) (book.Result, error) {
	r, err := h.memory.Commit(ctx, u)
	for i := range r.Hashes {
		r.Hashes[i] = [32]byte(bytes.Repeat([]byte{byte(7 + i)}, 32))
	}
	return r, err
}

// A leaf is encoded and hashed once, where it is written down.
func TestAnswersHaveTheHashThatWasMadeOfALeaf(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	books := book.New(book.Position{Ledger: "main"}, func() [16]byte { return [16]byte{1} }).WithoutRoles()
	posting := server.NewPosting(hashed{memory{books}}, nil, now)
	ctx := identity.Into(t.Context(), identity.Caller{Service: "donations"})

	posted, err := posting.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{postingtest.Gift("donations/d_1", 5), postingtest.Gift("donations/d_2", 6)}})
	if err != nil {
		t.Fatal(err)
	}
	treasurer := identity.Caller{Service: "donations", Person: "staff/s_1", Roles: []policyv1.Role{asTreasurer}, AuthTime: now()}
	recorded, err := posting.Record(identity.Into(t.Context(), treasurer), recordOf(&ledgerv1.DecisionDraft{
		Reference: "policy/1", Kind: ledgerv1.DecisionKind_DECISION_KIND_POLICY_PROPOSED, Commitment: make([]byte, 32),
		Content: postingtest.Content(ledgerv1.DecisionKind_DECISION_KIND_POLICY_PROPOSED),
	}))
	if err != nil {
		t.Fatal(err)
	}
	reversed, err := posting.Reverse(ctx, &ledgerv1.ReverseRequest{
		Reference: "undo", OriginalReference: "donations/d_1", Source: "donations/d_1", OccurredOn: today,
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		got  []byte
		want byte
	}{
		"a posting": {posted.GetTransactions()[0].GetLeafHash(), 7}, "the next": {posted.GetTransactions()[1].GetLeafHash(), 8},
		"a decision": {recorded.GetDecisions()[0].GetLeafHash(), 7}, "a reversal": {reversed.GetTransaction().GetLeafHash(), 7},
	} {
		if !bytes.Equal(c.got, bytes.Repeat([]byte{c.want}, 32)) {
			t.Errorf("%s: hash %x", what, c.got)
		}
	}
}
