package server_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// benchOf is a bench whose store checks rows as said.
func benchOf(t *testing.T, with func(store.Rows) store.Rows) *bench {
	t.Helper()
	b := newBench(t)
	b.with(with)
	return b
}

// with has the store check rows as said.
func (b *bench) with(with func(store.Rows) store.Rows) {
	b.rows = with(b.rows)
	b.store = b.storeAt(0)
	b.worker.Store = b.store
	b.serve()
}

// off and on are a store without the protection, and with it.
func off(r store.Rows) store.Rows { return laxRows{r} }
func on(r store.Rows) store.Rows  { return r }

// write runs SQL about a pledge ($1) as whoever has the password of the service's role.
func (b *bench) write(sql, pledge string, more ...any) {
	b.t.Helper()
	if _, err := b.db.Pool.Exec(context.Background(), sql, append([]any{strings.TrimPrefix(pledge, "pledges/")}, more...)...); err != nil {
		b.t.Fatal(err)
	}
}

// alarmedAbout reports whether the log names a pledge in an alarm.
func (b *bench) alarmedAbout(pledge string) bool {
	return strings.Contains(b.log.String(), "table=pledges row="+strings.TrimPrefix(pledge, "pledges/")) && strings.Contains(b.log.String(), "alarm=true")
}

// settle does what is owed about events, and returns what went wrong.
func (b *bench) settle() (err error) {
	b.t.Helper()
	owed, e := b.store.OwedEvents(context.Background(), time.Now().Add(time.Hour), "", 10)
	if e != nil {
		b.t.Fatal(e)
	}
	for _, id := range owed {
		if e := b.worker.Event(context.Background(), id); e != nil {
			err = e
		}
	}
	return err
}

// TestAGiftIsBookedAsItWasPromisedOnly changes where a gift goes between its pledge and
// its payment. It is not booked to the attacker's choice; once the row is as it was, it
// is booked as the donor was shown.
func TestAGiftIsBookedAsItWasPromisedOnly(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]struct{ sql, back string }{
		"to another fund": {`UPDATE pledge_designations SET fund_id = 'emergency' WHERE pledge_id = $1`, `UPDATE pledge_designations SET fund_id = 'general' WHERE pledge_id = $1`},
		"to running costs": {`UPDATE pledge_designations SET operations_share = 1000 WHERE pledge_id = $1`,
			`UPDATE pledge_designations SET operations_share = 0 WHERE pledge_id = $1`},
		"with the fee upon others": {`UPDATE pledge_designations SET promises_full = NOT promises_full WHERE pledge_id = $1`,
			`UPDATE pledge_designations SET promises_full = NOT promises_full WHERE pledge_id = $1`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			honest := newBench(t)
			honest.pay(honest.pledge(honest.newPartner(), pledgeOf(5000, "general")))
			honest.drain()
			want := honest.ledger.Balances()

			b := benchOf(t, on)
			made := b.pledge(b.newPartner(), pledgeOf(5000, "general"))
			b.write(change.sql, made.GetName())
			b.pay(made)
			if err := b.settle(); !fault.Is(err, rowmac.Changed) || !b.alarmedAbout(made.GetName()) {
				t.Errorf("error = %v, log %s", err, b.log)
			}
			b.ledger.WantBalances(t, map[string]int64{})
			b.write(change.back, made.GetName())
			b.drain()
			b.ledger.WantBalances(t, want)

			b = benchOf(t, off)
			made = b.pledge(b.newPartner(), pledgeOf(5000, "general"))
			b.write(change.sql, made.GetName())
			b.pay(made)
			b.drain()
			if got := b.ledger.Balances(); len(got) == 0 || maps.Equal(got, want) {
				t.Errorf("without the protection: %v", got)
			}
		})
	}
}

// TestNoPageIsMadeOfAPledgeThatAnotherHandChanged would send the donor to another
// address, or have them pay another amount.
func TestNoPageIsMadeOfAPledgeThatAnotherHandChanged(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"another address": `UPDATE pledges SET return_url = 'https://evil.example/' WHERE id = $1`,
		"another amount":  `UPDATE pledges SET amount = 500000 WHERE id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, with := range []func(store.Rows) store.Rows{on, off} {
				b := benchOf(t, with)
				id := b.interrupted(b.newPartner())
				waiting, err := b.store.PledgeOf(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				b.write(sql, waiting.ID)
				made, err := b.worker.Open(t.Context(), id)
				if _, lax := b.rows.(laxRows); lax {
					if err != nil || made.Checkout.URL == "" {
						t.Errorf("without the protection: %v", err)
					}
					continue
				}
				if !fault.Is(err, rowmac.Changed) || !b.alarmedAbout(waiting.ID) {
					t.Errorf("page %q, error %v, log %s", made.Checkout.URL, err, b.log)
				}
				// It can be cancelled all the same.
				if p, err := b.store.CancelPledge(t.Context(), store.Everything, waiting.ID); err != nil || p.State != "CANCELLED" {
					t.Errorf("cancelled: %v, %v", p.State, err)
				}
			}
		})
	}
}

// TestNoOtherTokenOpensAReceipt writes the hash of a token of the attacker's own beside a
// stranger's gift.
func TestNoOtherTokenOpensAReceipt(t *testing.T) {
	t.Parallel()
	const token = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
	for _, with := range []func(store.Rows) store.Rows{on, off} {
		b := benchOf(t, with)
		made := b.pledge(b.newPartner(), pledgeOf(5000, "general"))
		b.write(`UPDATE pledges SET receipt_sha256 = $2 WHERE id = $1`, made.GetName(), receipt.Hash(token))
		got, err := b.receipts().OpenReceipt(t.Context(), &donationsv1.OpenReceiptRequest{ReceiptToken: token})
		if _, lax := b.rows.(laxRows); lax {
			if err != nil || got.GetAmount().GetMinorUnits() != 5000 {
				t.Errorf("without the protection: %v, %v", got, err)
			}
			continue
		}
		if !fault.Is(err, rowmac.Changed) || !b.alarmedAbout(made.GetName()) {
			t.Errorf("%v, error %v, log %s", got, err, b.log)
		}
		// A token that opens nothing is answered as ever, whoever's receipt is read for it.
		if _, err := b.receipts().OpenReceipt(t.Context(), &donationsv1.OpenReceiptRequest{ReceiptToken: "unknown"}); !fault.OfKind(err, fault.NotFound) {
			t.Errorf("an unknown token: %v", err)
		}
	}
}
