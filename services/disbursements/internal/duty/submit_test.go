package duty_test

import (
	"context"
	"errors"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// over makes the worker use a rail outside.
func (d *desk) over(p *provider) *provider {
	o := d.options
	o.Rails = rail.Set{p}
	d.worker = duty.New(o)
	return p
}

func (d *desk) payment(id string) payment.Payment {
	d.t.Helper()
	y, err := d.store.Payment(context.Background(), id)
	d.done("read payment", err)
	return y
}

// want fails the test unless a payment and its last attempt stand there.
func (d *desk) want(id string, y payment.State, a payment.AttemptState, failure string) {
	d.t.Helper()
	if got, attempt := d.payment(id), d.attempt(id); got.State != y || attempt.State != a || got.Failure != failure {
		d.t.Errorf("payment %s (%q), attempt %s, want %s (%q), %s", got.State, got.Failure, attempt.State, y, failure, a)
	}
}

// waits fails the test unless a payment waits in its file, which nobody has fetched, and
// nothing more is owed for it.
func (d *desk) waits(id string) {
	d.t.Helper()
	d.want(id, payment.Submitted, payment.AttemptClaimed, "")
	if !d.attempt(id).Handed {
		d.t.Error("the attempt was not handed over")
	}
	owed, err := d.store.OwedSubmissions(context.Background(), time.Now().Add(time.Hour), "", 10)
	if d.done("owed", err); len(owed) != 0 {
		d.t.Errorf("submissions are owed: %v", owed)
	}
}

func TestAPaymentIsSentInFiveSteps(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	p := d.over(&provider{})
	planID, payments := d.released(1)
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	d.want(payments[0], payment.Sent, payment.AttemptSent, "")
	// The money is in transit, after the four decisions of the plan.
	if d.ledger.Balance("transit:sepa") != 10_000 || d.ledger.Sum("award:") != 0 || len(d.ledger.Decisions()) != 6 {
		t.Errorf("balances %v, decisions %v", d.ledger.Balances(), d.ledger.Decisions())
	}
	// Families were asked for this attempt of this plan.
	plan, err := d.store.Plan(ctx, planID)
	d.done("read plan", err)
	r := d.families.released[0]
	if r.GetAttempt() != 1 || r.GetPayment() != "payments/"+payments[0] || string(r.GetDigest()) != string(plan.Digest) || r.GetAmount().GetMinorUnits() != 10_000 {
		t.Errorf("asked %v", r)
	}
	if in := p.told[0]; in.Sender != "main" || in.Attempt.EndToEndID != d.attempt(payments[0]).EndToEndID || in.Destination.BankAccount.Town != "Leipzig" {
		t.Errorf("told %+v", in)
	}
	// Nothing is owed any more.
	d.done("submit again", d.worker.Submit(ctx, payments[0]))
	if len(p.told) != 1 {
		t.Errorf("told %d times", len(p.told))
	}
	if err := d.worker.Submit(ctx, "y_none"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("submit nothing: %v", err)
	}
}

// TestEachAnswerLeadsToItsState lets ledger, families and rail answer as they can.
func TestEachAnswerLeadsToItsState(t *testing.T) {
	t.Parallel()
	none := fault.New(fault.Invalid, "DESTINATION_REFUSED", "No.")
	for name, test := range map[string]struct {
		spoil   func(*desk, *provider)
		payment payment.State
		attempt payment.AttemptState
		failure string
		back    bool // the way back is owed to the ledger
		sent    int
	}{
		"the rail refuses for certain": {
			func(_ *desk, p *provider) { p.submitting = none }, payment.Failed, payment.AttemptFailed, "DESTINATION_REFUSED", true, 1},
		"the rail sees beforehand that it cannot": {
			func(_ *desk, p *provider) { p.preparing = none }, payment.Failed, payment.AttemptFailed, "DESTINATION_REFUSED", true, 0},
		"the rail's answer is lost": {
			func(_ *desk, p *provider) { p.submitting = errAway }, payment.Submitted, payment.AttemptUnknown, "", false, 1},
		"families refuse": {
			func(d *desk, _ *provider) { d.families.releasing = suspended() }, payment.Failed, payment.AttemptFailed, "FAMILY_SUSPENDED", true, 0},
		"families do not know the family": {
			func(d *desk, _ *provider) { d.families.releasing = fault.Missing("family") }, payment.Failed, payment.AttemptFailed, "NOT_FOUND", true, 0},
		"families released it before, differently": {
			func(d *desk, _ *provider) {
				d.families.releasing = fault.New(fault.AlreadyExists, "RELEASE_CONFLICT", "Other digest.")
			}, payment.Submitted, payment.AttemptUnknown, "", false, 0},
		"the ledger knows another attempt": {
			func(d *desk, _ *provider) {
				d.posting.refuse = always(fault.New(fault.AlreadyExists, "REFERENCE_CONFLICT", "Other content."))
			}, payment.Submitted, payment.AttemptUnknown, "", false, 0},
		"the awards are empty": {
			func(d *desk, _ *provider) {
				d.posting.refuse = always(fault.New(fault.Precondition, "INSUFFICIENT_FUNDS", "Below zero."))
			}, payment.Failed, payment.AttemptFailed, "INSUFFICIENT_FUNDS", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, d := context.Background(), newDesk(t)
			p := d.over(&provider{})
			_, payments := d.released(1)
			test.spoil(d, p)
			d.done("submit", d.worker.Submit(ctx, payments[0]))
			d.want(payments[0], test.payment, test.attempt, test.failure)
			if _, back := d.owed()[store.Fail]; back != test.back || len(p.told) != test.sent {
				t.Errorf("way back owed: %t, told %d times", back, len(p.told))
			}
		})
	}
}

// TestWhatMayChangeIsTriedAgain fails where nothing is decided yet.
func TestWhatMayChangeIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(d *desk) (undo func()){
		"the ledger is away": func(d *desk) func() { d.posting.refuse = always(errAway); return func() { d.posting.refuse = nil } },
		"families are away":  func(d *desk) func() { d.families.releasing = errAway; return func() { d.families.releasing = nil } },
		"the rail is unknown": func(d *desk) func() {
			o, before := d.options, d.worker
			o.Rails = nil
			d.worker = duty.New(o)
			return func() { d.worker = before }
		},
		"the rail is stopped": func(d *desk) func() {
			d.done("stop", d.store.StopRail(context.Background(), sepa.ID, "staff/s_1"))
			return func() { d.done("resume", d.store.ResumeRail(context.Background(), sepa.ID, "staff/s_2")) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, d := context.Background(), newDesk(t)
			p := d.over(&provider{})
			_, payments := d.released(1)
			undo := spoil(d)
			if err := d.worker.Submit(ctx, payments[0]); err == nil {
				t.Fatal("nothing went wrong")
			}
			if y := d.payment(payments[0]); y.State != payment.Submitted || len(p.told) != 0 {
				t.Errorf("payment %+v, told %d times", y, len(p.told))
			}
			undo()
			d.done("submit", d.worker.Submit(ctx, payments[0]))
			d.want(payments[0], payment.Sent, payment.AttemptSent, "")
			if len(p.told) != 1 || d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED) != 1 {
				t.Errorf("told %d times", len(p.told))
			}
		})
	}
}

// TestALocalRailsOutcomeIsNeverUnknown breaks the hand-over to the files.
func TestALocalRailsOutcomeIsNeverUnknown(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	claim, err := d.store.Claim(ctx, payments[0])
	d.done("claim", err)
	d.done("give back", d.store.Release(ctx, claim))
	o := d.options
	o.Rails = rail.Set{halfway{d.files}}
	if err := duty.New(o).Submit(ctx, payments[0]); !errors.Is(err, errAway) {
		t.Errorf("submit: %v", err)
	}
	d.want(payments[0], payment.Submitted, payment.AttemptClaimed, "")
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	d.waits(payments[0])
	// And where the line was written before the answer was lost, it is found.
	_, payments = d.released(1)
	o.Rails = rail.Set{halfway{lost{d.files}}}
	if err := duty.New(o).Submit(ctx, payments[0]); !errors.Is(err, errAway) {
		t.Errorf("submit: %v", err)
	}
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	d.waits(payments[0])
	var lines int
	if err := d.db.Pool.QueryRow(ctx, `SELECT COUNT(*) FROM file_lines WHERE payment_id = $1`, payments[0]).Scan(&lines); err != nil || lines != 1 {
		t.Errorf("%d lines, %v", lines, err)
	}
}

// halfway is a rail whose answer never comes; lost does its work before.
type halfway struct{ rail.Rail }

func (h halfway) Submit(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
	if l, works := h.Rail.(lost); works {
		_, err := l.Rail.Submit(ctx, in)
		return payment.NotKnown, errors.Join(err, errAway)
	}
	return payment.NotKnown, errAway
}

type lost struct{ rail.Rail }

// TestAnUnknownAttemptIsLookedUpAndNeverSentAgain lets the rail find out.
func TestAnUnknownAttemptIsLookedUpAndNeverSentAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		finding payment.Finding
		payment payment.State
		attempt payment.AttemptState
		failure string
	}{
		"it has it":             {payment.Taken, payment.Sent, payment.AttemptSent, ""},
		"it never will have it": {payment.Refused, payment.Failed, payment.AttemptFailed, "RAIL_REFUSED"},
		"it cannot tell":        {payment.NotKnown, payment.Submitted, payment.AttemptUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, d := context.Background(), newDesk(t)
			p := d.over(&provider{submitting: errAway, lookingUp: errAway})
			_, payments := d.released(1)
			d.done("submit", d.worker.Submit(ctx, payments[0]))
			if err := d.worker.Submit(ctx, payments[0]); !fault.OfKind(err, fault.Unavailable) {
				t.Errorf("look up while the rail is away: %v", err)
			}
			d.want(payments[0], payment.Submitted, payment.AttemptUnknown, "")
			p.submitting, p.lookingUp, p.finding = nil, nil, test.finding
			for range 2 {
				d.done("look up", d.worker.Submit(ctx, payments[0]))
			}
			d.want(payments[0], test.payment, test.attempt, test.failure)
			if len(p.told) != 1 {
				t.Errorf("told %d times", len(p.told))
			}
		})
	}
}

// TestARetryWaitsForTheMoneyOfTheAttemptBefore books the way back late.
func TestARetryWaitsForTheMoneyOfTheAttemptBefore(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	d.families.releasing = suspended()
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	d.want(payments[0], payment.Failed, payment.AttemptFailed, "FAMILY_SUSPENDED")
	d.families.releasing = nil
	d.done("retry", d.store.RetryPayment(ctx, payments[0]))
	if err := d.worker.Submit(ctx, payments[0]); !fault.Is(err, "INSUFFICIENT_FUNDS") {
		t.Errorf("submitted before the money is back: %v", err)
	}
	d.want(payments[0], payment.Submitted, payment.AttemptClaimed, "")
	d.done("book the way back", d.worker.Post(ctx, d.owed()[store.Fail]))
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	d.waits(payments[0])
	if d.attempt(payments[0]).Number != 2 || d.ledger.Balance("transit:sepa") != 10_000 {
		t.Errorf("attempt %+v, balances %v", d.attempt(payments[0]), d.ledger.Balances())
	}
}

// TestEveryKindOfDutyIsDone names each duty once, with what it asks and does.
func TestEveryKindOfDutyIsDone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	seen := map[string]bool{}
	for _, duty := range d.worker.Duties() {
		if seen[duty.Kind] || duty.Owed == nil || duty.Do == nil {
			t.Errorf("duty %+v", duty)
		}
		seen[duty.Kind] = true
		if ids, err := duty.Owed(context.Background(), time.Now(), "", 10); err != nil || len(ids) != 0 {
			t.Errorf("%s is owed from the start: %v, %v", duty.Kind, ids, err)
		}
	}
	for _, kind := range []string{
		store.DutyCommit, store.DutyCancel, store.DutySubmit, store.DutyPosting, store.DutySeal, store.DutyDestroy, store.DutySuspense,
	} {
		if !seen[kind] {
			t.Errorf("nobody does %s", kind)
		}
	}
}
