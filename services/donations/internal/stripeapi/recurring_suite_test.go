package stripeapi_test

import (
	"errors"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// TestEveryCallOfRecurringGiftsIsTakenByStripesContract runs them in their order against
// the fake, and each against stripe-mock.
func TestEveryCallOfRecurringGiftsIsTakenByStripesContract(t *testing.T) {
	t.Parallel()
	fake, control, _ := startFake(t)
	for name, c := range map[string]*stripeapi.Client{"fake": fake, "stripe-mock": startMock(t)} {
		ok := func(call string, err error) {
			t.Helper()
			if err != nil && !(name == "stripe-mock" && emptyExample(err)) {
				t.Errorf("%s: %s: %v", name, call, err)
			}
		}
		customer, err := c.CreateCustomer(t.Context(), "p_opaque", "recurring-1")
		ok("create customer", err)
		page, err := c.CreateSavePage(t.Context(), stripeapi.SaveRequest{
			IdempotencyKey: "recurring-2", Customer: customer, Reference: "p_opaque", SuccessURL: "https://partner.example/thanks",
		})
		ok("create page", err)
		setup := "seti_1"
		if name == "fake" {
			if err := control.Pay(page.ID, "4000006160000005"); err != nil {
				t.Fatal(err)
			}
			setup = page.SetupIntentID
		}
		saved, err := c.GetSaved(t.Context(), setup)
		ok("read what was saved", err)
		if name == "fake" && (saved.CardCountry != "PL" || saved.Customer != customer || saved.Status != "succeeded") {
			t.Errorf("saved %+v", saved)
		}
		terms := stripeapi.Terms{Reference: "p_opaque", Customer: customer, Method: saved.Method, Amount: money.Amount{MinorUnits: 2000, Currency: "EUR"}}
		if saved.Method == "" {
			terms.Method = "pm_1"
		}
		made, err := c.CreateSubscription(t.Context(), terms, "recurring-3")
		ok("subscribe", err)
		found, err := c.FindSubscription(t.Context(), customer)
		ok("find", err)
		if name == "fake" && (found.ID != made.ID || made.Reference != "p_opaque" || made.Ended || made.NextAt.IsZero()) {
			t.Errorf("made %+v, found %+v", made, found)
		}
		terms.Amount.MinorUnits, terms.MoveTo, terms.Paused = 3000, time.Now().AddDate(0, 0, 9), true
		changed, err := c.UpdateSubscription(t.Context(), made.ID, terms)
		ok("change", err)
		if name == "fake" && (!changed.Paused || changed.NextAt.Unix() != terms.MoveTo.Unix()) {
			t.Errorf("changed %+v", changed)
		}
		terms.Paused = false
		_, err = c.UpdateSubscription(t.Context(), made.ID, terms)
		ok("resume", err)
		_, err = c.GetSubscription(t.Context(), made.ID)
		ok("read", err)
		_, err = c.GetInvoice(t.Context(), "in_1")
		if name == "stripe-mock" || !errors.Is(err, stripeapi.ErrNotFound) {
			ok("read invoice", err)
		}
		ok("cancel", c.CancelSubscription(t.Context(), made.ID))
		ok("cancel again", c.CancelSubscription(t.Context(), made.ID))
		ok("forget card", c.ForgetCard(t.Context(), terms.Method))
		ok("forget card again", c.ForgetCard(t.Context(), terms.Method))
		ok("delete customer", c.DeleteCustomer(t.Context(), customer))
		ok("delete customer again", c.DeleteCustomer(t.Context(), customer))
		if _, err := c.FindSubscription(t.Context(), customer); name == "fake" && !errors.Is(err, stripeapi.ErrNotFound) {
			t.Errorf("found after it ended: %v", err)
		}
	}
}
