package stripefake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

const day = 24 * time.Hour

// trigger makes something happen and returns the id of what came of it.
func (b *bench) trigger(t *testing.T, what stripefake.Trigger) string {
	t.Helper()
	id, err := b.Trigger(what)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// kinds are the types of the events so far that begin so, oldest first.
func (b *bench) kinds(t *testing.T, prefix string) string {
	t.Helper()
	var all []string
	for list := b.api.Events.List(nil); list.Next(); {
		if kind := string(list.Event().Type); strings.HasPrefix(kind, prefix) {
			all = append([]string{strings.TrimPrefix(kind, prefix)}, all...)
		}
	}
	return strings.Join(all, " ")
}

// movements are the balance transactions of a source, oldest first: category, net.
func (b *bench) movements(t *testing.T, source string) (categories string, net int64) {
	t.Helper()
	var all []string
	p := &stripe.BalanceTransactionListParams{Source: stripe.String(source)}
	for list := b.api.BalanceTransactions.List(p); list.Next(); {
		all = append([]string{string(list.BalanceTransaction().ReportingCategory)}, all...)
		net += list.BalanceTransaction().Net
	}
	return strings.Join(all, " "), net
}

func (b *bench) disputed(t *testing.T, id string) *stripe.Dispute {
	t.Helper()
	d, err := b.api.Disputes.Get(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADisputeTakesTheMoneyAndAFee(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		end, status, events, categories string
		net                             int64
	}{
		{"dispute.win", "won", "created funds_withdrawn updated funds_reinstated closed", "dispute dispute_reversal", -2000},
		{"dispute.lose", "lost", "created funds_withdrawn updated closed", "dispute", -7000},
	} {
		b := start(t, "", hooksOff)
		ch := b.paid(t, 5000)
		id := b.trigger(t, stripefake.Trigger{Kind: "dispute", Object: ch.ID})
		if d := b.disputed(t, id); d.Status != "needs_response" || d.IsChargeRefundable || len(d.BalanceTransactions) != 1 || d.BalanceTransactions[0].Net != -7000 {
			t.Errorf("%+v", d)
		}
		if got, err := b.api.Charges.Get(ch.ID, nil); err != nil || !got.Disputed {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := b.api.Refunds.New(&stripe.RefundParams{Charge: &ch.ID}); err == nil {
			t.Error("a disputed charge was refunded")
		}
		b.trigger(t, stripefake.Trigger{Kind: c.end, Object: id})
		if d := b.disputed(t, id); string(d.Status) != c.status {
			t.Errorf("%s: %s", c.end, d.Status)
		}
		if events := b.kinds(t, "charge.dispute."); events != c.events {
			t.Errorf("%s: %s", c.end, events)
		}
		if categories, net := b.movements(t, id); categories != c.categories || net != c.net {
			t.Errorf("%s: %s, %d", c.end, categories, net)
		}
		if _, err := b.Trigger(stripefake.Trigger{Kind: "dispute.lose", Object: id}); err == nil {
			t.Error("closed twice")
		}
	}
}

func TestAnInquiryMovesNothingUntilItIsADispute(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	ch := b.paid(t, 5000)
	id := b.trigger(t, stripefake.Trigger{Kind: "dispute.inquiry", Object: ch.ID, Amount: 3000})
	if d := b.disputed(t, id); d.Status != "warning_needs_response" || !d.IsChargeRefundable || d.Amount != 3000 {
		t.Errorf("%+v", d)
	}
	if categories, _ := b.movements(t, id); categories != "" {
		t.Errorf("an inquiry moved money: %s", categories)
	}
	b.trigger(t, stripefake.Trigger{Kind: "dispute.escalate", Object: id})
	b.trigger(t, stripefake.Trigger{Kind: "dispute.reinstate", Object: id, Amount: 1000})
	if categories, net := b.movements(t, id); categories != "dispute dispute_reversal" || net != -3000-2000+1000 {
		t.Errorf("%s, %d", categories, net)
	}
	if _, err := b.Trigger(stripefake.Trigger{Kind: "dispute.escalate", Object: id}); err == nil {
		t.Error("a dispute was escalated")
	}
	other := b.trigger(t, stripefake.Trigger{Kind: "dispute.inquiry", Object: b.paid(t, 700).ID})
	b.pass(120 * day)
	if d := b.disputed(t, other); d.Status != "warning_closed" {
		t.Errorf("an old inquiry is %s", d.Status)
	}
	if d := b.disputed(t, id); d.Status != "lost" {
		t.Errorf("an unanswered dispute is %s", d.Status)
	}
}

func TestEvidenceDecidesADispute(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	for text, want := range map[string]string{"winning_evidence": "won", "losing_evidence": "lost", "a letter": "under_review"} {
		id := b.trigger(t, stripefake.Trigger{Kind: "dispute", Object: b.paid(t, 5000).ID})
		p := &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: stripe.String(text)}}
		if d, err := b.api.Disputes.Update(id, p); err != nil || string(d.Status) != want {
			t.Errorf("%s: %+v, %v", text, d, err)
		}
	}
	id := b.trigger(t, stripefake.Trigger{Kind: "dispute", Object: b.paid(t, 5000).ID})
	if d, err := b.api.Disputes.Close(id, nil); err != nil || d.Status != "lost" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := b.api.Disputes.Close(id, nil); err == nil {
		t.Error("closed twice")
	}
}

func TestCardsThatAreContestedDoSoByThemselves(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	for card, events := range map[string]string{
		"4000000000000259": "charge.dispute.created charge.dispute.funds_withdrawn",
		"4000000000001976": "charge.dispute.created",
		"4000000000005423": "radar.early_fraud_warning.created",
	} {
		before := b.kinds(t, "")
		if err := b.Pay(b.session(t, 5000).ID, card); err != nil {
			t.Fatal(err)
		}
		if all := b.kinds(t, ""); !strings.HasPrefix(all, before) || !strings.HasSuffix(all, events) {
			t.Errorf("%s: %s", card, all)
		}
	}
}

func TestAWarningIsOutOfDateOnceTheMoneyIsBack(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	ch := b.paid(t, 5000)
	id := b.trigger(t, stripefake.Trigger{Kind: "warning", Object: ch.PaymentIntent.ID})
	w, err := b.api.RadarEarlyFraudWarnings.Get(id, nil)
	if err != nil || !w.Actionable || w.Charge.ID != ch.ID {
		t.Fatalf("%+v, %v", w, err)
	}
	b.trigger(t, stripefake.Trigger{Kind: "refund", Object: ch.ID})
	list := b.api.RadarEarlyFraudWarnings.List(&stripe.RadarEarlyFraudWarningListParams{Charge: &ch.ID})
	if !list.Next() || list.RadarEarlyFraudWarning().Actionable {
		t.Error("still actionable")
	}
	if events := b.kinds(t, "radar.early_fraud_warning."); events != "created updated" {
		t.Error(events)
	}
}
