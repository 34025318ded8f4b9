package server_test

import (
	"context"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// settled makes a plan of one payment that has settled, and returns the payment.
func (b *bench) settled() (plan, payment string) {
	b.t.Helper()
	plan = b.released(1)
	b.settle(plan)
	return plan, b.payments(plan)[0].GetName()
}

// settle has the bank pay everything of a released plan.
func (b *bench) settle(plan string) {
	b.t.Helper()
	b.drain()
	must[*disbursementsv1.ImportStatementResponse](b.t, "import")(b.upload(statement(b.t, b.bank(plan), 0)))
	b.drain()
}

func (b *bench) confirm(handle, code string, answer disbursementsv1.PaymentAnswer) (*disbursementsv1.Confirmation, error) {
	return b.person("").confirm.CreateConfirmation(context.Background(),
		&disbursementsv1.CreateConfirmationRequest{Handle: handle, Code: code, Answer: answer})
}

func TestAFamilyConfirmsWithItsCode(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, y := b.settled()
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(b.verifier("desk").payments.IssueCode(context.Background(),
		&disbursementsv1.IssueCodeRequest{Name: y}))
	for what, try := range map[string][2]string{"a wrong code": {code.GetHandle(), "00000000"}, "a wrong handle": {"h_nobody", code.GetCode()}} {
		_, err := b.confirm(try[0], try[1], disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED)
		refused(t, what, err, "CODE_REFUSED")
	}
	must[*disbursementsv1.Confirmation](t, "confirm")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED))
	got := b.payments(plan)[0]
	if got.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_CONFIRMED || got.GetAnswer() != disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED {
		t.Errorf("payment: %v", got)
	}
	// The first answer stays.
	c := must[*disbursementsv1.Confirmation](t, "answer again")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_NOT_RECEIVED))
	if c.GetAnswer() != disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED {
		t.Errorf("answer: %v", c)
	}
}

// TestAnAnswerIsNotLostWithTheJudgement loses what families said about the right
// code: they will not judge it again.
func TestAnAnswerIsNotLostWithTheJudgement(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, y := b.settled()
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(b.verifier("desk").payments.IssueCode(context.Background(),
		&disbursementsv1.IssueCodeRequest{Name: y}))
	b.families.FailNext("JudgeCode", true)
	if _, err := b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED_WITH_ISSUES); err == nil {
		t.Fatal("the answer was not lost")
	}
	c := must[*disbursementsv1.Confirmation](t, "again")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED_WITH_ISSUES))
	if c.GetAnswer() != disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED_WITH_ISSUES || b.payments(plan)[0].GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_CONFIRMED {
		t.Errorf("answer: %v", c)
	}
}

func TestThatNothingArrivedMovesNoMoney(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, y := b.settled()
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(b.verifier("desk").payments.IssueCode(context.Background(),
		&disbursementsv1.IssueCodeRequest{Name: y}))
	before := b.ledger.Sum("award:")
	must[*disbursementsv1.Confirmation](t, "answer")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_NOT_RECEIVED))
	b.drain()
	got := b.payments(plan)[0]
	if got.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED || got.GetAnswer() != disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_NOT_RECEIVED || b.ledger.Sum("award:") != before {
		t.Errorf("payment: %v", got)
	}
}

func TestACodeIsToldOnceAndTriedFiveTimes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, y := b.settled()
	desk := b.verifier("desk").payments
	req := &disbursementsv1.IssueCodeRequest{Name: y, RequestId: key()}
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(desk.IssueCode(context.Background(), req))
	again := must[*disbursementsv1.IssueCodeResponse](t, "repeat")(desk.IssueCode(context.Background(), req))
	if code.GetCode() == "" || again.GetCode() != "" || again.GetHandle() != "" || !again.GetSecretExpired() || len(code.GetContacts()) != 1 || len(again.GetContacts()) != 0 {
		t.Errorf("first %v, again %v", code, again)
	}
	for _, id := range []string{"", key()} {
		_, err := desk.IssueCode(context.Background(), &disbursementsv1.IssueCodeRequest{Name: y, RequestId: id})
		refused(t, "second code", err, "CODE_ALREADY_ISSUED")
	}
	for range 5 {
		_, err := b.confirm(code.GetHandle(), "00000000", disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED)
		refused(t, "wrong code", err, "CODE_REFUSED")
	}
	_, err := b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED)
	refused(t, "the right code after five tries", err, "CODE_REFUSED")
}

func TestNoCodeBeforeTheMoneyIsOnItsWay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	_, err := b.verifier("desk").payments.IssueCode(context.Background(), &disbursementsv1.IssueCodeRequest{Name: b.payments(plan)[0].GetName()})
	refused(t, "code of a pending payment", err, "ILLEGAL_STATE")
	_, err = b.confirm("", "1", disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED)
	if f := fault.As(err); f == nil || f.Violations[0].Field != "handle" {
		t.Errorf("no handle: %v", err)
	}
}
