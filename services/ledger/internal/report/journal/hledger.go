package journal

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Hledger writes a journal that "hledger check --strict ordereddates" accepts.
// Accounts keep their paths; the sequence stands as the code of a transaction,
// reference, source and the day of the fact as tags.
func Hledger(w io.Writer, accounts Accounts, transactions Transactions) error {
	return write(w, hledger{}, ";", accounts, transactions)
}

type hledger struct{}

// hledgerTypes says what each class is to hledger's balance sheet.
var hledgerTypes = map[account.Class]string{
	account.ClassAsset: "A", account.ClassFund: "L", account.ClassRound: "L", account.ClassAward: "L",
	account.ClassTransit: "L", account.ClassSuspense: "L", account.ClassDeficit: "E", account.ClassFX: "E",
	account.ClassEquity: "E",
}

func (hledger) currency(w *bufio.Writer, code string, decimals int) {
	fmt.Fprintf(w, "commodity 1000.%s %s\n", strings.Repeat("0", decimals), code)
}

func (hledger) account(w *bufio.Writer, path string) {
	class, _, _ := strings.Cut(path, ":")
	fmt.Fprintf(w, "account %s  ; type: %s\n", path, hledgerTypes[account.Class(class)])
}

func (hledger) transaction(w *bufio.Writer, t *leaf.Transaction) {
	fmt.Fprintf(w, "\n%s * (%d) %s  ; reference: %s, source: %s, occurred: %s\n",
		t.BookingDate, t.Sequence, t.Kind, t.Reference, t.Source, t.OccurredOn)
	if t.Reverses != nil {
		fmt.Fprintf(w, "    ; reverses: %s\n", t.Reverses.Reference)
	}
	for _, e := range t.Entries {
		fmt.Fprintf(w, "    %s  %s\n", e.Account, signed(e))
	}
}
