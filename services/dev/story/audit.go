package story

import (
	"context"
	"fmt"
	"strings"
)

// audit reads everything that an auditor may read and checks it against the
// story.
func (t *teller) audit(ctx context.Context) error {
	auditor := t.staff["otto"]
	if err := t.balanced(ctx); err != nil {
		return err
	}
	kinds := map[string]int{}
	if err := each(ctx, auditor.Client, "/v1/ledger/transactions", "transactions", func(x struct {
		Kind    string     `json:"kind"`
		Entries []struct{} `json:"entries"`
	}) {
		kinds[x.Kind]++
		t.summary.Entries += len(x.Entries)
	}); err != nil {
		return err
	}
	for kind, want := range map[string]int{
		"DONATION": t.summary.Gifts, "PROCESSING_FEE": t.summary.Gifts,
		"ATTEMPT_SUBMITTED": t.summary.Payments, "ATTEMPT_SETTLED": t.summary.Payments, "ATTEMPT_RETURNED": 1,
	} {
		if got := kinds["TRANSACTION_KIND_"+kind]; got != want {
			return fmt.Errorf("the books hold %d transactions of kind %s, want %d (%v)", got, kind, want, kinds)
		}
	}
	decisions := 0
	if err := each(ctx, auditor.Client, "/v1/ledger/decisions", "decisions", func(struct{}) { decisions++ }); err != nil {
		return err
	}
	if decisions == 0 {
		return fmt.Errorf("the books hold no decisions")
	}
	t.say("The auditor reads %d entries and %d decisions; debits and credits agree, and no person can be found in any answer.", t.summary.Entries, decisions)
	books, err := t.trialBalance(ctx)
	if err != nil {
		return err
	}
	t.summary.Books = books
	if err := t.income(ctx); err != nil {
		return err
	}
	if err := refused("a family read by the auditor", auditor.Get(ctx, "/v1/"+t.families[0].Name, nil), "PERMISSION_DENIED"); err != nil {
		return err
	}
	return t.artefacts(ctx)
}

// income checks that the income statement explains the funds.
func (t *teller) income(ctx context.Context) error {
	var s struct {
		Figures []struct {
			Income       int64 `json:"income,string"`
			Programme    int64 `json:"programme,string"`
			Expense      int64 `json:"expense,string"`
			OtherChanges int64 `json:"otherChanges,string"`
			Closing      int64 `json:"closing,string"`
		} `json:"figures"`
	}
	if err := t.staff["otto"].Get(ctx, "/v1/ledger/incomeStatement", &s); err != nil {
		return err
	}
	if len(s.Figures) == 0 {
		return fmt.Errorf("the income statement is empty")
	}
	for _, f := range s.Figures {
		if f.Income+f.OtherChanges-f.Expense != f.Closing || f.Income <= 0 || f.Programme <= 0 {
			return fmt.Errorf("the income statement does not explain the funds: %+v", f)
		}
	}
	return nil
}

// artefacts downloads journal and checkpoint.
func (t *teller) artefacts(ctx context.Context) error {
	for name, path := range map[string]string{
		"journal.hledger": "/v1/ledger/journal?format=hledger", "checkpoint": "/log/checkpoint",
	} {
		content, err := t.staff["otto"].File(ctx, path)
		if err != nil {
			return fmt.Errorf("download %s: %w", name, err)
		}
		if err := t.Save(name, content); err != nil {
			return err
		}
	}
	return nil
}

type trialBalance struct {
	Totals []struct {
		CurrencyCode string `json:"currencyCode"`
		Debits       int64  `json:"debits,string"`
		Credits      int64  `json:"credits,string"`
	} `json:"totals"`
}

// balanced checks that debits equal credits in each currency.
func (t *teller) balanced(ctx context.Context) error {
	var b trialBalance
	if err := t.staff["otto"].Get(ctx, "/v1/ledger/trialBalance", &b); err != nil {
		return err
	}
	for _, total := range b.Totals {
		if total.Debits != total.Credits || total.Debits == 0 {
			return fmt.Errorf("the books are not balanced: %d debits, %d credits in %s", total.Debits, total.Credits, total.CurrencyCode)
		}
	}
	return nil
}

// trialBalance is the trial balance as a text that can be compared.
func (t *teller) trialBalance(ctx context.Context) (string, error) {
	var text strings.Builder
	err := each(ctx, t.staff["otto"].Client, "/v1/ledger/trialBalance", "lines", func(l struct {
		Path         string `json:"path"`
		CurrencyCode string `json:"currencyCode"`
		Balance      int64  `json:"balance,string"`
	}) {
		fmt.Fprintf(&text, "%s %s %d\n", l.Path, l.CurrencyCode, l.Balance)
	})
	if err == nil && !strings.Contains(text.String(), "asset:stripe EUR") {
		err = fmt.Errorf("the trial balance lacks asset:stripe:\n%s", text.String())
	}
	return text.String(), err
}
