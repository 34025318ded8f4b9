package store_test

import (
	"context"
	"crypto/sha256"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
)

// handle is the hash of a handle.
func handle(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

func TestAPaymentHasOneHandle(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(2)
	d.done("keep", d.store.KeepHandle(ctx, payments[0], handle("h1"), true))
	d.refused("another", d.store.KeepHandle(ctx, payments[0], handle("h2"), false), "CODE_ALREADY_ISSUED")
	d.refused("of nothing", d.store.KeepHandle(ctx, "y_none", handle("h3"), false), "NOT_FOUND")
	if y := d.payment(payments[0]); !y.CodeIssued || !y.ReportedByOwner {
		t.Errorf("payment %+v", y)
	}
	if y := d.payment(payments[1]); y.CodeIssued || y.ReportedByOwner {
		t.Errorf("payment %+v", y)
	}
	if err := d.store.KeepHandle(ctx, payments[1], handle("h1"), false); err == nil {
		t.Error("two payments have one handle")
	}
}

func TestATryIsKeptBeforeItsCodeIsJudged(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	d.done("keep", d.store.KeepHandle(ctx, payments[0], handle("h1"), false))
	if try, err := d.store.KeepTry(ctx, handle("made up"), payment.Received); err != nil || try != nil {
		t.Errorf("a made-up handle: %+v, %v", try, err)
	}
	before := payment.Answer("")
	for _, answer := range []payment.Answer{payment.NotReceived, payment.Received, payment.ReceivedWithIssues} {
		try, err := d.store.KeepTry(ctx, handle("h1"), answer)
		if err != nil || try == nil || try.Payment.ID != payments[0] || try.Before != before || len(try.Payment.Shares) != 1 {
			t.Errorf("try %+v, %v", try, err)
		}
		before = answer
	}
	if y := d.payment(payments[0]); y.Answer != "" {
		t.Errorf("a try counts as an answer: %+v", y)
	}
}

// TestTheFirstAnswerCounts gives each answer to a payment in each state.
func TestTheFirstAnswerCounts(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(4)
	b := &bank{}
	for _, id := range payments[1:] {
		d.done("settle", d.take(b.says(paid(d.sent(id)))))
	}
	for i, test := range []struct {
		answer payment.Answer
		state  payment.State
	}{
		{payment.Received, payment.Submitted}, // the bank has not said so yet
		{payment.NotReceived, payment.Settled},
		{payment.Received, payment.Confirmed},
		{payment.ReceivedWithIssues, payment.Confirmed},
	} {
		first, err := d.store.NoteAnswer(ctx, payments[i], test.answer)
		if err != nil || first.Answer != test.answer || first.On != "2026-11-24" {
			t.Errorf("answer %+v, %v", first, err)
		}
		d.clock = d.clock.AddDate(0, 0, 1)
		again, err := d.store.NoteAnswer(ctx, payments[i], payment.NotReceived)
		d.clock = d.clock.AddDate(0, 0, -1)
		if err != nil || again != first {
			t.Errorf("the second answer counts: %+v after %+v, %v", again, first, err)
		}
		if y := d.payment(payments[i]); y.State != test.state || y.Answer != test.answer {
			t.Errorf("%s: payment %s, answer %s", test.answer, y.State, y.Answer)
		}
	}
	d.refused("of nothing", errOf(d.store.NoteAnswer(ctx, "y_none", payment.Received)), "NOT_FOUND")
}
