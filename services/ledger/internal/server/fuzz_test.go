package server_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// memory books units in memory.
type memory struct{ books *book.Books }

func (m memory) Commit(_ context.Context, u book.Unit) (book.Result, error) {
	r, err := m.books.Apply(u)
	r.Hashes = make([][32]byte, len(r.Leaves))
	return r, err
}

func (m memory) Balances(_ context.Context, accounts []leaf.Account) ([]book.Balance, error) {
	return make([]book.Balance, len(accounts)), nil
}

func (m memory) DecisionsAbout(context.Context, string) ([]*leaf.Decision, error) { return nil, nil }

func (m memory) Policies(context.Context) (book.Policies, error) { return nil, nil }

func (m memory) Stands(context.Context) (book.Stands, error) { return book.Anybody, nil }

func (m memory) LeavesOf(context.Context, []string) (map[string]leaf.Leaf, error) { return nil, nil }

// Whatever comes over the wire, a posting is booked or refused with a fault.
func FuzzPost(f *testing.F) {
	seed := &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{postingtest.Gift("donations/d_1", 5000), {
		Reference: "fee", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE, Source: "donations/d_1", OccurredOn: today,
		Entries: []*ledgerv1.EntryDraft{postingtest.Credit("asset:stripe", 170)},
		Sources: []*ledgerv1.OrderedSources{{Accounts: []string{"fund:operations:available", "deficit:general"}, Amount: postingtest.Money(170)}},
		Rate:    &ledgerv1.ExchangeRate{FromCurrencyCode: "EUR", ToCurrencyCode: "PLN", Value: 43, Scale: 1, Source: "ecb", Day: today},
	}, {
		Reference: "undo", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_REVERSAL, Source: "donations/d_1", OccurredOn: today,
		Reverses: "donations/d_1",
	}}}
	raw, err := proto.Marshal(seed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var req ledgerv1.PostRequest
		if proto.Unmarshal(raw, &req) != nil {
			return
		}
		m := memory{book.New(book.Position{Ledger: "main"}, func() [16]byte { return [16]byte{1} }).WithoutRoles()}
		now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		_, err := server.NewPosting(m, m, func() time.Time { return now }).Post(t.Context(), &req)
		if err != nil && (fault.As(err) == nil || fault.OfKind(err, fault.Internal)) {
			t.Errorf("not a fault: %v", err)
		}
	})
}
