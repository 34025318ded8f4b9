package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/giftref"
)

// TestOfWhatASenderWroteOnlyAFundsReferenceIsKept in a text, or as the bank's own field.
func TestOfWhatASenderWroteOnlyAFundsReferenceIsKept(t *testing.T) {
	t.Parallel()
	ref := giftref.Of("general")
	for name, text := range map[string]string{
		"a text":  `<Ustrd>From Ivan Petrov</Ustrd><Ustrd>for ` + ref[:4] + ` ` + ref[4:] + `</Ustrd>`,
		"a field": `<Strd><CdtrRefInf><Ref>` + ref + `</Ref></CdtrRefInf><AddtlRmtInf>Ivan Petrov</AddtlRmtInf></Strd>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			entry := debitEntry(5_000, `<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Ivan Petrov</Nm></Dbtr></RltdPties><RmtInf>`+text+`</RmtInf></TxDtls></NtryDtls>`)
			entry = strings.Replace(entry, ">DBIT<", ">CRDT<", 1)
			b.imported(document("08", paper{id: "S1", currency: "EUR", opening: 0, closing: 5_000, sequence: 1, entries: entry}))
			var kept string
			var named bool
			if err := b.db.Pool.QueryRow(context.Background(), `
				SELECT u.gift_ref, u::text || l::text || s::text ILIKE '%petrov%' FROM unmatched_lines u
				JOIN statement_lines l USING (statement_id, number) JOIN statements s ON s.id = u.statement_id`).Scan(&kept, &named); err != nil {
				t.Fatal(err)
			}
			if kept != ref || named {
				t.Errorf("kept %q, the sender is named: %t", kept, named)
			}
			b.drain() // no fund is known here
			if b.ledger.Sum("suspense:bank:main") != 5_000 {
				t.Errorf("balances %v", b.ledger.Balances())
			}
		})
	}
}
