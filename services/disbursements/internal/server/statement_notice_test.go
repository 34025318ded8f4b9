package server_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
)

// notice is a notification (camt.054) of entries of the tests' account.
func notice(id, entries string) []byte {
	return fmt.Appendf(nil, `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>M</MsgId><CreDtTm>2026-11-24T21:30:00Z</CreDtTm></GrpHdr><Ntfctn><Id>%s</Id><CreDtTm>2026-11-24T21:00:00Z</CreDtTm>
<Acct><Id><IBAN>%s</IBAN></Id><Ccy>EUR</Ccy></Acct>%s</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`, id, senderIBAN, entries)
}

// TestANotificationSettlesOnceWithItsStatement brings it before and after, and twice.
func TestANotificationSettlesOnceWithItsStatement(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"before the statement": true, "after the statement": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			plan := b.released(2)
			b.drain()
			var details string
			for _, y := range b.payments(plan) {
				details += transfer(b.attempts(y.GetName())[0].GetEndToEndId(), 10_000, "")
			}
			told := notice("N1", debitEntry(20_000, `<NtryDtls>`+details+`</NtryDtls>`)+debitEntry(77, ""))
			booked := document("08", one(20_000, `<NtryDtls><Btch><PmtInfId>`+b.messageID()+`</PmtInfId><NbOfTxs>2</NbOfTxs></Btch></NtryDtls>`))
			files := [][]byte{booked, told, told}
			if before {
				files = [][]byte{told, told, booked}
			}
			for _, f := range files {
				if resp := b.imported(f); len(resp.GetStatements()) != 1 || resp.GetStatements()[0].GetNotification() != bytes.Equal(f, told) {
					t.Errorf("import: %v", resp)
				}
				b.drain()
			}
			// Then each is paid once, and what the notification tells besides waits for its statement.
			if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 2 || b.ledger.Sum("asset:bank:main") != 20_000 || b.ledger.Sum("suspense:") != 0 {
				t.Errorf("states %v, balances %v", b.states(plan), b.ledger.Balances())
			}
			if resp, err := b.series("2026-11-24"); err != nil || !resp.GetSeries()[0].GetUnbroken() {
				t.Errorf("series: %v, %v", resp, err)
			}
		})
	}
}

// TestWhatTheBankTakesBackComesBack reverses one payment, and then a whole file.
func TestWhatTheBankTakesBackComesBack(t *testing.T) {
	t.Parallel()
	reversed := func(entry string) string {
		entry = strings.ReplaceAll(strings.Replace(entry, "<NtryRef>N", "<NtryRef>R", 1), ">DBIT<", ">CRDT<")
		return strings.Replace(entry, "<Sts>", "<RvslInd>true</RvslInd><Sts>", 1)
	}
	for name, details := range map[string]func(b *bench, plan string) string{
		"by the payment's id": func(b *bench, plan string) string {
			return `<NtryDtls>` + transfer(b.attempts(b.payments(plan)[0].GetName())[0].GetEndToEndId(), 10_000, "") + `</NtryDtls>`
		},
		"by the file's": func(b *bench, _ string) string {
			return `<NtryDtls><Btch><PmtInfId>` + b.messageID() + `</PmtInfId><NbOfTxs>1</NbOfTxs></Btch></NtryDtls>`
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			plan := b.released(1)
			b.drain()
			entry := debitEntry(10_000, details(b, plan))
			// Given a payment that the bank books and takes back, in one statement,
			b.imported(document("08", paper{id: "S1", currency: "EUR", opening: 1_000_000, closing: 1_000_000, sequence: 1, entries: entry + reversed(entry)}))
			b.drain()
			// then it came back, and the books have it in its award.
			if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_RETURNED] != 1 || b.ledger.Sum("award:") != 10_000 || b.ledger.Sum("suspense:") != 0 {
				t.Errorf("states %v, balances %v", b.states(plan), b.ledger.Balances())
			}
		})
	}
}
