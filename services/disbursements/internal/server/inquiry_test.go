package server_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
)

// Accounts of the family, and of somebody who carries files.
const (
	familyIBAN = "DE89370400440532013000"
	othersIBAN = "GB82WEST12345698765432"
)

// openInquiries lists the inquiries that an officer sees.
func (b *bench) openInquiries() []*disbursementsv1.Inquiry {
	b.t.Helper()
	return must[*disbursementsv1.ListInquiriesResponse](b.t, "list")(b.person("officer", policyv1.Role_ROLE_PROTECTION_OFFICER).inquiries.ListInquiries(
		context.Background(), &disbursementsv1.ListInquiriesRequest{Filter: `state = "OPEN"`})).GetInquiries()
}

// carried has the bank execute the file of a plan of one payment, as its fetcher brings it.
func (b *bench) carried(change func([]byte) []byte) *bankfake.Bank {
	b.t.Helper()
	plan := b.released(1)
	b.drain()
	bank := bankfake.New(senderIBAN, "EUR", 1_000_000)
	if _, err := bank.Take(bytes.NewReader(change(b.download(b.files(plan)[0].GetName())))); err != nil {
		b.t.Fatal(err)
	}
	return bank
}

// TestAFetcherWhoChangesAnIBANIsFound by the first statement; with the account left out
// of it nobody would.
func TestAFetcherWhoChangesAnIBANIsFound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	log := b.serverLogged()
	// Given a file in which its fetcher has put another account, and a bank that paid it,
	bank := b.carried(func(file []byte) []byte { return bytes.ReplaceAll(file, []byte(familyIBAN), []byte(othersIBAN)) })
	if bank.Paid(othersIBAN) != 10_000 {
		t.Fatal("the bank did not pay the other account")
	}
	// when the bank's statement is taken in, twice,
	content := statement(t, bank, 0)
	for range 2 {
		must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(content))
	}
	// then it is an alarm, once, which names no account, and an inquiry.
	if n := strings.Count(log.String(), "another account than was meant"); n != 1 || strings.Contains(log.String(), othersIBAN) {
		t.Errorf("%d alarms:\n%s", n, log)
	}
	list := b.openInquiries()
	if len(list) != 1 || list[0].GetReason() != disbursementsv1.InquiryReason_INQUIRY_REASON_OTHER_ACCOUNT {
		t.Fatalf("inquiries %v", list)
	}
	for _, word := range []string{othersIBAN, familyIBAN} {
		var kept bool
		if err := b.db.Pool.QueryRow(context.Background(), `
			SELECT EXISTS (SELECT 1 FROM meant_accounts m WHERE m::text LIKE '%' || $1 || '%') OR EXISTS (SELECT 1 FROM statement_lines l WHERE l::text LIKE '%' || $1 || '%')`, word).Scan(&kept); err != nil || kept {
			t.Errorf("an account is kept (%v)", err)
		}
	}
	// It is worked by somebody who carried no file and knows no family.
	name := list[0].GetName()
	fetcher := b.person("fetcher", policyv1.Role_ROLE_PROTECTION_OFFICER)
	_, err := fetcher.inquiries.TakeInquiry(context.Background(), &disbursementsv1.TakeInquiryRequest{Name: name})
	refused(t, "who fetched", err, "SAME_PERSON")
	_, err = b.verifier("involved").inquiries.TakeInquiry(context.Background(), &disbursementsv1.TakeInquiryRequest{Name: name})
	refused(t, "who knows the family", err, "INVOLVED_PERSON")
	_, err = b.verifier("v").inquiries.CloseInquiry(context.Background(), &disbursementsv1.CloseInquiryRequest{Name: name})
	names(t, "outcome", err)
}

// TestTheRightAccountOpensNoInquiry however the bank prints it.
func TestTheRightAccountOpensNoInquiry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	content := statement(t, b.carried(func(file []byte) []byte { return file }), 0)
	content = bytes.ReplaceAll(content, []byte(familyIBAN), []byte("de89 3704 0044 0532 0130 00"))
	st := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(content)).GetStatements()[0]
	if list := b.openInquiries(); len(list) != 0 || st.GetUncomparedCount() != 0 || st.GetSettledCount() != 1 {
		t.Errorf("inquiries %v, statement %v", list, st)
	}
}

// TestDetailsAreAskedForWhereTheBankNamesNoAccount and compared when a notification
// brings them.
func TestDetailsAreAskedForWhereTheBankNamesNoAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(2)
	b.drain()
	file := b.messageID()
	b.download(b.files(plan)[0].GetName())
	st := b.imported(document("08", one(20_000, `<NtryDtls><Btch><PmtInfId>`+file+`</PmtInfId><NbOfTxs>2</NbOfTxs></Btch></NtryDtls>`))).GetStatements()[0]
	if st.GetSettledCount() != 2 || st.GetUncomparedCount() != 2 {
		t.Errorf("statement %v", st)
	}
	details := ""
	for n, y := range b.payments(plan) {
		details += fmt.Sprintf(`<TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
<RltdPties><CdtrAcct><Id><IBAN>%s</IBAN></Id></CdtrAcct></RltdPties></TxDtls>`, b.attempts(y.GetName())[0].GetEndToEndId(), []string{familyIBAN, othersIBAN}[n])
	}
	b.imported(notice("N9", debitEntry(20_000, `<NtryDtls>`+details+`</NtryDtls>`)))
	got := must[*disbursementsv1.Statement](t, "get")(b.treasurer("t").books.GetStatement(context.Background(), &disbursementsv1.GetStatementRequest{Name: st.GetName()}))
	if list := b.openInquiries(); len(list) != 1 || got.GetUncomparedCount() != 0 {
		t.Errorf("inquiries %v, statement %v", list, got)
	}
}

func TestAnInquiryTellsWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, y := b.settled()
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(b.verifier("desk").payments.IssueCode(context.Background(), &disbursementsv1.IssueCodeRequest{Name: y}))
	must[*disbursementsv1.Confirmation](t, "answer")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_NOT_RECEIVED))
	list := b.openInquiries()
	if len(list) != 1 || list[0].GetReason() != disbursementsv1.InquiryReason_INQUIRY_REASON_NOT_RECEIVED || !slices.Contains(list[0].GetAllowedActions(), "take") {
		t.Fatalf("inquiries %v", list)
	}
	i := b.tried("solidarity/Inquiry", list[0].GetName(), func(a actiontest.Actor) (actiontest.Seen, error) {
		return disbursementsv1.NewInquiryServiceClient(a.Conn).GetInquiry(context.Background(), &disbursementsv1.GetInquiryRequest{Name: list[0].GetName()})
	})
	all := append(b.cast(), b.actor("fetcher", policyv1.Role_ROLE_PROTECTION_OFFICER), b.actor("entered", policyv1.Role_ROLE_VERIFIER))
	i.Check(t, all...)
	i.Take(t, "take", all...)
	i.Take(t, "take", all...)
	i.Take(t, "close", all...)
	if may := i.Check(t, all...); len(may) > 0 {
		t.Errorf("a closed inquiry allows %v", may)
	}
}
