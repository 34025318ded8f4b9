package server_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func (b *bench) stripeBalance(day string) (*donationsv1.GetStripeBalanceResponse, error) {
	ledger := donationsv1.NewReconciliationServiceClient(b.rpc.As(identity.Caller{Service: "ledger"}))
	return ledger.GetStripeBalance(context.Background(), &donationsv1.GetStripeBalanceRequest{Day: day})
}

func TestTheLedgerIsToldStripesBalanceAtTheEndOfADay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.stripe.balance = []money.Amount{{MinorUnits: 4825, Currency: "EUR"}, {MinorUnits: -3, Currency: "USD"}}
	yesterday := time.Now().UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
	resp, err := b.stripeBalance(yesterday.Format(time.DateOnly))
	if err != nil {
		t.Fatal(err)
	}
	want := []*typev1.Money{postingtest.Money(4825), {MinorUnits: -3, CurrencyCode: "USD"}}
	if diff := cmp.Diff(want, resp.GetBalances(), protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !b.stripe.asked.Equal(yesterday.AddDate(0, 0, 1)) {
		t.Errorf("asked for the balance before %v", b.stripe.asked)
	}
}

func TestAStripeThatDoesNotAnswerIsUnavailable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for cause, kind := range map[error]fault.Kind{
		stripeapi.ErrUnknown: fault.Unavailable, stripeapi.ErrMoving: fault.Unavailable, errors.New("other"): fault.Internal,
	} {
		b.stripe.fail = []error{fmt.Errorf("read balance: %w", cause)}
		if _, err := b.stripeBalance("2024-02-29"); !fault.OfKind(err, kind) {
			t.Errorf("%v: %v", cause, err)
		}
	}
}

func TestOnlyTheLedgerAsksForStripesBalanceAndForADayThatIsOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, day := range []string{"", "30.11.2026", "2025-02-29", time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)} {
		_, err := b.stripeBalance(day)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != "day" {
			t.Errorf("%q: %v", day, err)
		}
	}
	treasurer := donationsv1.NewReconciliationServiceClient(b.staff(policyv1.Role_ROLE_TREASURER))
	if _, err := treasurer.GetStripeBalance(context.Background(), &donationsv1.GetStripeBalanceRequest{Day: "2024-02-29"}); !fault.OfKind(err, fault.PermissionDenied) {
		t.Errorf("a treasurer: %v", err)
	}
}
