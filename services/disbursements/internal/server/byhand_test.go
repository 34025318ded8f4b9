package server_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

func TestAFamilyWithAnAccountInBelarusIsPaidByHand(t *testing.T) {
	t.Parallel()
	// given a family in Belarus, whom no file of SEPA reaches, and a sheet that was fetched
	b := newHands(t, strict)
	b.families.iban["families/f_1"] = byBYN
	plan, sheet := b.fetched(1, "main")
	if !bytes.Contains(sheet, []byte("iban: "+byBYN)) || !bytes.Contains(sheet, []byte("100.00 EUR")) {
		t.Fatalf("the sheet says %s", sheet)
	}
	y := b.payments(plan)[0].GetName()
	b.stands("fetched", y, "SENT")
	// when one has typed it and records so, and another says the same
	first := must[*disbursementsv1.Payment](t, "record")(b.sent("typist", y))
	if first.GetRecord().GetRecordedBy() != "staff/s_typist" || first.GetRecord().GetConfirmedBy() != "" {
		t.Errorf("record %v", first.GetRecord())
	}
	b.stands("recorded by one", y, "SENT")
	second := must[*disbursementsv1.Payment](t, "confirm")(b.sent("other", y))
	// then it is settled, and booked out of the account that paid
	if second.GetRecord().GetConfirmedBy() != "staff/s_other" || second.GetSettledOn() != b.today() {
		t.Errorf("payment %v", second)
	}
	b.drain()
	b.stands("recorded by two", y, "SETTLED")
	b.ledger.WantBalances(t, map[string]int64{"asset:stripe": -10_000, "asset:bank:main": 10_000})
	if got := b.plan(plan).GetState(); got != disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_FINISHED {
		t.Errorf("the plan is %v", got)
	}
	// and the family confirms as any other
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(b.verifier("v").payments.IssueCode(context.Background(), &disbursementsv1.IssueCodeRequest{Name: y}))
	must[*disbursementsv1.Confirmation](t, "confirm")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED))
	b.stands("confirmed", y, "CONFIRMED")
}

func TestWhatTwoSayAboutAPaymentMustBeTheSame(t *testing.T) {
	t.Parallel()
	b := newHands(t, strict)
	plan, _ := b.fetched(1, "main")
	y := b.payments(plan)[0].GetName()
	must[*disbursementsv1.Payment](t, "record")(b.sent("typist", y))
	_, err := b.sent("typist", y)
	refused(t, "the same person again", err, fault.ReasonSamePerson)
	otherProof := func(r *disbursementsv1.RecordPaymentSentRequest) { r.EvidenceSha256 = bytes.Repeat([]byte{8}, 32) }
	_, err = b.sent("other", y, otherProof)
	refused(t, "another proof", err, fault.ReasonRecordDiffers)
	b.stands("what differs", y, "SENT")
	// Whoever finds it wrong records it anew; then it needs a second hand again.
	correct := func(r *disbursementsv1.RecordPaymentSentRequest) { otherProof(r); r.Correct = true }
	must[*disbursementsv1.Payment](t, "correct")(b.sent("other", y, correct))
	_, err = b.sent("other", y, otherProof)
	refused(t, "who has corrected it", err, fault.ReasonSamePerson)
	_, err = b.sent("typist", y)
	refused(t, "what was corrected", err, fault.ReasonRecordDiffers)
	must[*disbursementsv1.Payment](t, "confirm")(b.sent("typist", y, otherProof))
	b.stands("agreed", y, "SETTLED")
	_, err = b.sent("third", y, otherProof)
	refused(t, "once more", err, fault.ReasonIllegalState)
}

func TestWhatProvesNothingIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	b := newHands(t, strict)
	plan, _ := b.fetched(1, "main")
	y := b.payments(plan)[0].GetName()
	for name, test := range map[string]struct {
		field  string
		change func(r *disbursementsv1.RecordPaymentSentRequest)
	}{
		"no name":              {"name", func(r *disbursementsv1.RecordPaymentSentRequest) { r.Name = "" }},
		"no proof":             {"evidenceSha256", func(r *disbursementsv1.RecordPaymentSentRequest) { r.EvidenceSha256 = nil }},
		"half a proof":         {"evidenceSha256", func(r *disbursementsv1.RecordPaymentSentRequest) { r.EvidenceSha256 = proof[:16] }},
		"no day":               {"occurredOn", func(r *disbursementsv1.RecordPaymentSentRequest) { r.OccurredOn = "" }},
		"no such day":          {"occurredOn", func(r *disbursementsv1.RecordPaymentSentRequest) { r.OccurredOn = "2026-02-30" }},
		"a day to come":        {"occurredOn", func(r *disbursementsv1.RecordPaymentSentRequest) { r.OccurredOn = "2999-01-01" }},
		"before its release":   {"occurredOn", func(r *disbursementsv1.RecordPaymentSentRequest) { r.OccurredOn = "2026-01-01" }},
		"a wallet's of a bank": {"transactionId", func(r *disbursementsv1.RecordPaymentSentRequest) { r.TransactionId = "0x" + strings.Repeat("ab", 32) }},
	} {
		_, err := b.sent("typist", y, test.change)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != test.field || f.Violations[0].Reason == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := b.sent("typist", "payments/y_00000000000000000000000000")
	refused(t, "a payment that is not there", err, "NOT_FOUND")
	_, err = b.delivered("typist", y)
	refused(t, "a transfer as handed over", err, fault.ReasonRailCannot)
	_, err = b.person("approver", policyv1.Role_ROLE_APPROVER).payments.RecordPaymentSent(context.Background(), &disbursementsv1.RecordPaymentSentRequest{Name: y, RequestId: key()})
	refused(t, "an approver", err, "PERMISSION_DENIED")
}

func wallet() *familiesv1.ReleasedDestination {
	return &familiesv1.ReleasedDestination{Details: &familiesv1.ReleasedDestination_Wallet{Wallet: &familiesv1.Wallet{
		Network: familiesv1.WalletNetwork_WALLET_NETWORK_ETHEREUM, Address: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
	}}}
}

func TestATransactionProvesOnePaymentOnly(t *testing.T) {
	t.Parallel()
	b := newHands(t, strict)
	plan, sheets := b.fetched(2, "exchange", wallet(), wallet())
	if !bytes.Contains(sheets, []byte("network: ETHEREUM\naddress: 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\n")) {
		t.Errorf("the sheet says %s", sheets)
	}
	by := func(id string) func(*disbursementsv1.RecordPaymentSentRequest) {
		return func(r *disbursementsv1.RecordPaymentSentRequest) { r.TransactionId = id }
	}
	list, id := b.payments(plan), "0x"+strings.Repeat("ab", 32)
	for _, wrong := range []string{"", "ab", strings.Repeat("ab", 32)} {
		if _, err := b.sent("typist", list[0].GetName(), by(wrong)); fault.As(err) == nil || fault.As(err).Violations[0].Field != "transactionId" {
			t.Errorf("transaction %q: %v", wrong, err)
		}
	}
	must[*disbursementsv1.Payment](t, "record")(b.sent("typist", list[0].GetName(), by(id)))
	if _, err := b.sent("typist", list[1].GetName(), by(id)); fault.As(err) == nil || fault.As(err).Violations[0].Field != "transactionId" {
		t.Errorf("one transaction for two: %v", err)
	}
	must[*disbursementsv1.Payment](t, "confirm")(b.sent("other", list[0].GetName(), by(strings.ToUpper(id))))
	b.drain()
	b.stands("paid", list[0].GetName(), "SETTLED")
	b.stands("not paid", list[1].GetName(), "SENT")
	// No table holds what everybody can look up beside the wallet.
	var kept bool
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT bool_or(r::text LIKE '%abababab%') FROM payment_records r`).Scan(&kept); err != nil || kept {
		t.Errorf("the transaction's id is kept: %v", err)
	}
}

// TestARecordOfAnotherHandSettlesNothing writes the first of two hands into the table.
func TestARecordOfAnotherHandSettlesNothing(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]struct {
		b    *bench
		held bool
	}{"on": {newHands(t, strict), true}, "off": {newHands(t, lax), false}} {
		b := with.b
		plan, _ := b.fetched(1, "main")
		y := b.payments(plan)[0].GetName()
		must[*disbursementsv1.Payment](t, "record")(b.sent("alone", y))
		b.alter(plan, `UPDATE payment_records SET recorded_by = 'staff/s_nobody' WHERE payment_id IN (SELECT id FROM payments WHERE plan_id = $1)`)
		_, err := b.sent("alone", y)
		if !with.held {
			if err != nil {
				t.Errorf("protection %s: %v", name, err)
			}
			continue
		}
		refused(t, "confirm what another hand has written", err, rowmac.Changed)
		b.alarmed("payment_records", y)
		b.stands("altered", y, "SENT")
		// Whoever records it anew makes the row the service's own again.
		must[*disbursementsv1.Payment](t, "correct")(b.sent("alone", y, func(r *disbursementsv1.RecordPaymentSentRequest) { r.Correct = true }))
		must[*disbursementsv1.Payment](t, "confirm")(b.sent("other", y))
		b.stands("corrected", y, "SETTLED")
	}
}
