package story

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
)

type payment struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Amount amount `json:"amount"`
}

// settle brings the bank's statement: everything is settled, one payment comes
// back.
func (t *teller) settle(ctx context.Context) error {
	if err := t.notAStatement(ctx); err != nil {
		return err
	}
	var file bytes.Buffer
	if err := t.statement(ctx, &file); err != nil {
		return err
	}
	if err := t.Save("camt053.xml", file.Bytes()); err != nil {
		return err
	}
	if err := t.upload(ctx, file.Bytes()); err != nil {
		return err
	}
	counts := map[string]int{}
	if err := until(ctx, "settlement of the payments", func(ctx context.Context) (bool, error) {
		clear(counts)
		err := t.eachPayment(ctx, func(p payment) { counts[p.State]++ })
		return counts["PAYMENT_STATE_SETTLED"] == t.summary.Payments-1 && counts["PAYMENT_STATE_RETURNED"] == 1, err
	}); err != nil {
		return fmt.Errorf("%w (states %v)", err, counts)
	}
	t.summary.Settled, t.summary.Returned = counts["PAYMENT_STATE_SETTLED"], counts["PAYMENT_STATE_RETURNED"]
	if err := t.upload(ctx, file.Bytes()); err != nil {
		return fmt.Errorf("the same statement again: %w", err)
	}
	if err := until(ctx, "return of the money to its award", func(ctx context.Context) (bool, error) {
		returns := 0
		err := each(ctx, t.staff["otto"].Client, "/v1/ledger/transactions?filter="+url.QueryEscape(`kind = "ATTEMPT_RETURNED"`),
			"transactions", func(struct{}) { returns++ })
		return returns == 1, err
	}); err != nil {
		return err
	}
	t.say("The camt.053 statement is imported: %d payments are settled, one account was closed and its money is back with its award.", t.summary.Settled)
	return nil
}

// statement is the bank's; one of the smallest payments comes back.
func (t *teller) statement(ctx context.Context, file io.Writer) error {
	smallest := int64(math.MaxInt64)
	if err := t.eachPayment(ctx, func(p payment) { smallest = min(smallest, p.Amount.MinorUnits) }); err != nil {
		return err
	}
	returned := false
	return t.bank.Statement(file, t.Now().UTC(), func(_ string, minor int64) string {
		if returned || minor > smallest {
			return ""
		}
		returned = true
		return "AC04"
	})
}

// notAStatement uploads something else.
func (t *teller) notAStatement(ctx context.Context) error {
	err := t.upload(ctx, []byte("this is no statement"))
	return refused("a statement that is no XML", err, "STATEMENT_NOT_XML", "INVALID_FIELD")
}

func (t *teller) upload(ctx context.Context, statement []byte) error {
	resp, err := t.staff["viktor"].Do(ctx, http.MethodPost, "/v1/statements", "application/xml", "", bytes.NewReader(statement))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(&struct{}{})
}

func (t *teller) eachPayment(ctx context.Context, visit func(payment)) error {
	return each(ctx, t.staff["tomas"].Client, "/v1/"+t.plan+"/payments", "payments", visit)
}
