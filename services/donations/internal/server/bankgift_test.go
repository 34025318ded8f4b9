package server_test

import (
	"context"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// transferred hands a line of a bank statement over, as disbursements does.
func (b *bench) transferred(line, reference string, amount *typev1.Money) (string, error) {
	taken, err := donationsv1.NewReconciliationServiceClient(b.rpc.As(identity.Caller{Service: "disbursements"})).TakeBankGift(context.Background(),
		&donationsv1.TakeBankGiftRequest{Line: line, Bank: "main", Reference: reference, Amount: amount, Day: b.now().UTC().Format(time.DateOnly)})
	return taken.GetBankGift(), err
}

// bankGifts lists gifts by transfer as somebody with a role sees them.
func (b *bench) bankGifts(role policyv1.Role, filter string) []*donationsv1.BankGift {
	b.t.Helper()
	list, err := donationsv1.NewBankGiftServiceClient(b.staff(role)).ListBankGifts(context.Background(), &donationsv1.ListBankGiftsRequest{Filter: filter})
	if err != nil {
		b.t.Fatal(err)
	}
	return list.GetBankGifts()
}

// TestAGiftByTransferClearsOnItsDayAndOnce on the clock, by the policy.
func TestAGiftByTransferClearsOnItsDayAndOnce(t *testing.T) {
	t.Parallel()
	moved := time.Duration(0)
	b := newBenchAt(t, func() time.Time { return time.Now().Add(moved) })
	b.worker.NoDelays = false
	f, err := b.funds().GetFund(context.Background(), &donationsv1.GetFundRequest{Name: "funds/general"})
	if err != nil {
		t.Fatal(err)
	}
	// Given a line with the reference of a fund, handed over twice,
	var name string
	for range 2 {
		if name, err = b.transferred("ul_1", f.GetBankReference(), postingtest.Money(5_000)); err != nil {
			t.Fatal(err)
		}
		b.drain(store.DutyPostBankGift)
	}
	// then it is booked once, and waits.
	if b.ledger.Balance("fund:general:clearing") != 5_000 || b.ledger.Balance("asset:bank:main") != -5_000 {
		t.Errorf("balances %v", b.ledger.Balances())
	}
	list := b.bankGifts(policyv1.Role_ROLE_AUDITOR, `state = "RECEIVED" AND fund = "funds/general"`)
	if len(list) != 1 || list[0].GetName() != name || list[0].GetUnmatchedLine() != "unmatchedLines/ul_1" || list[0].GetClearsOn() == "" {
		t.Errorf("gifts %v", list)
	}
	for day := range 30 {
		moved = time.Duration(day) * 24 * time.Hour
		owed, err := b.store.OwedBankClearings(context.Background(), b.now(), "", 10)
		for _, id := range owed {
			if err == nil {
				err = b.store.ClearBankGift(context.Background(), id)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		b.drain(store.DutyPostCleared)
		if day < 14 && b.ledger.Balance("fund:general:available") != 0 {
			t.Fatalf("cleared on day %d", day)
		}
	}
	if b.ledger.Balance("fund:general:available") != 5_000 || b.ledger.Balance("fund:general:clearing") != 0 || len(b.bankGifts(policyv1.Role_ROLE_TREASURER, `state = "CLEARED"`)) != 1 {
		t.Errorf("balances %v", b.ledger.Balances())
	}
}

func TestALineThatNamesNoFundIsNoGift(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := b.transferred("ul_1", "RF18539007547034", postingtest.Money(1)); !fault.Is(err, fault.ReasonNoSuchFundReference) {
		t.Errorf("another's reference: %v", err)
	}
	for field, amount := range map[string]*typev1.Money{"amount.minorUnits": postingtest.Money(0)} {
		if _, err := b.transferred("ul_1", "", amount); fault.As(err) == nil || len(fault.As(err).Violations) != 1 || fault.As(err).Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if list := b.bankGifts(policyv1.Role_ROLE_TREASURER, ""); len(list) != 0 {
		t.Errorf("gifts %v", list)
	}
}
