package rail_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestHowManyFamiliesOneAccountMayReveal(t *testing.T) {
	t.Parallel()
	r := rail.Reaches()
	for families, want := range map[int]struct{ exposed, refused bool }{0: {}, 99: {}, 100: {true, false}, 500: {true, false}, 501: {true, true}} {
		if err := r.Check(families); r.Exposed(families) != want.exposed || (err != nil) != want.refused || err != nil && !fault.Is(err, fault.ReasonSenderExposed) {
			t.Errorf("%d families: exposed %t, %v", families, r.Exposed(families), err)
		}
	}
}

func TestSendersTakeTurnsWhereTheyAreAlike(t *testing.T) {
	t.Parallel()
	euro := func(id string) rail.Sender { return rail.Sender{ID: id, Currency: "EUR"} }
	courier, wallets := rail.Sender{ID: "c", Currency: "EUR", Cash: true}, rail.Sender{ID: "w", Currency: "EUR", Forms: []payment.Accepted{{Form: payment.FormWallet}}}
	for name, test := range map[string]struct {
		senders []rail.Sender
		alike   bool
	}{
		"none": {nil, false}, "one": {[]rail.Sender{euro("a")}, true}, "two": {[]rail.Sender{euro("a"), euro("b")}, true},
		"a courier": {[]rail.Sender{euro("a"), courier}, false}, "other forms": {[]rail.Sender{euro("a"), wallets}, false},
		"another currency": {[]rail.Sender{euro("a"), {ID: "z", Currency: "PLN"}}, false},
	} {
		if got := (rail.Capabilities{Senders: test.senders}).Alike(); got != test.alike {
			t.Errorf("%s: %t", name, got)
		}
	}
}
