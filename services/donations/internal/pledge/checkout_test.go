package pledge_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestMovesOfAPaymentPage(t *testing.T) {
	t.Parallel()
	states := map[byte]pledge.CheckoutState{
		'P': pledge.CheckoutPending, 'O': pledge.CheckoutOpen, '$': pledge.CheckoutPaid, 'E': pledge.CheckoutExpired, 'R': pledge.CheckoutRefused,
	}
	allowed := map[byte]string{'P': "PO$ER", 'O': "O$E", '$': "$", 'E': "E$R", 'R': "R"}
	for f, from := range states {
		for l, to := range states {
			want := contains(allowed[f], string(l))
			if got, err := from.Move(to); (err == nil) != want || want && got != to || !want && (got != from || !fault.Is(err, "ILLEGAL_STATE")) {
				t.Errorf("%s to %s: %s, %v", from, to, got, err)
			}
		}
	}
}

func TestAFurtherPageIsOfAPledgeThatWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		state  pledge.State
		number int
		want   fault.Reason
	}{
		"waits":      {pledge.Pending, 9, ""},
		"ten before": {pledge.Pending, pledge.MaxCheckouts, "TOO_MANY_CHECKOUTS"},
		"paid":       {pledge.Fulfilled, 1, "ILLEGAL_STATE"},
		"cancelled":  {pledge.Cancelled, 1, "ILLEGAL_STATE"},
		"lapsed":     {pledge.Lapsed, 1, "ILLEGAL_STATE"},
	} {
		p := pledge.Pledge{State: c.state, Checkout: pledge.Checkout{Number: c.number}}
		got, err := p.NextCheckout(time.Now())
		if c.want != "" && !fault.Is(err, c.want) || c.want == "" && (err != nil || got.Number != c.number+1 || got.State != pledge.CheckoutPending) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
