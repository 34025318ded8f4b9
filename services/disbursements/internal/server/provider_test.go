package server_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/provider"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// providersTable is how the provider's tables are laid out.
const providersTable = `{"senders": [{"id": "payouts", "currency": "EUR", "exposureCap": 5, "forms": ["BANK_ACCOUNT"],
	"payments": {"separator": "comma", "encoding": "utf-8", "decimal": "point", "columns": [
		{"name": "id", "value": "endToEndId"}, {"name": "amount", "value": "amount"}, {"name": "to", "value": "iban"}]},
	"results": {"separator": "comma", "encoding": "utf-8", "decimal": "point", "dayFormat": "YYYY-MM-DD",
		"endToEndId": "id", "amount": "amount", "status": "status", "day": "day", "paid": ["OK"], "failed": ["NO"]}}]}`

// withProvider is a bench with the rail of a provider as well.
func withProvider(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	list, err := provider.Read([]byte(providersTable))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.options.Store.AddRail(context.Background(), provider.ID, "payouts"); err != nil {
		t.Fatal(err)
	}
	b.options.Rails = append(b.options.Rails, provider.New(b.options.Store, sealtest.New(t), list))
	b.worker = duty.New(b.options)
	b.duties = b.worker.Duties()
	b.serving.Rails, b.serving.Committer = b.options.Rails, b.worker
	b.serve(server.New(b.serving))
	return b
}

func TestAProviderPaysATableAndSaysWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	// given two families whose table a provider has
	b := withProvider(t)
	round := b.committed(2)
	plan := must[*disbursementsv1.PaymentPlan](t, "make plan")(b.treasurer("maker").plans.CreatePaymentPlan(context.Background(), &disbursementsv1.CreatePaymentPlanRequest{
		PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "rails/csv"},
	})).GetName()
	b.steps(plan, "lock", "submit", "approve", "authorize", "release")
	b.drain()
	rows, err := csv.NewReader(bytes.NewReader(b.download(b.files(plan)[0].GetName()))).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][1] != "100.00" || rows[1][2] != "DE89370400440532013000" {
		t.Fatalf("the table is %v, %v", rows, err)
	}
	// when it has paid one and not the other, and has a row of somebody else
	result := "id,amount,status,day\n" + rows[1][0] + ",100.00,OK," + b.today() + "\n" + rows[2][0] + ",100.00,NO," + b.today() + "\nE9,1.00,OK," + b.today() + "\n"
	for _, replayed := range []bool{false, true} {
		resp := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload([]byte(result)))
		if st := resp.GetStatements(); len(st) != 1 || st[0].GetSettledCount() != 1 || st[0].GetReturnedCount() != 1 || st[0].GetLineCount() != 2 || resp.GetReplayed() != replayed {
			t.Errorf("import says %v", resp)
		}
	}
	b.drain()
	// then one is settled, and the money of the other is back in its award
	states := map[string]int{}
	for _, y := range b.payments(plan) {
		states[y.GetState().String()]++
	}
	if states["PAYMENT_STATE_SETTLED"] != 1 || states["PAYMENT_STATE_RETURNED"] != 1 {
		t.Errorf("payments are %v", states)
	}
	if b.ledger.Balance("asset:bank:payouts") != 10_000 || b.ledger.Balance("transit:csv") != 0 || b.ledger.Sum("award:") != 10_000 {
		t.Errorf("balances %v", b.ledger.Balances())
	}
	// A table that cannot be read is refused, and names its row.
	_, err = b.upload([]byte("id,amount,status,day\nE1,1.00,OK,yesterday\n"))
	refused(t, "a wrong day", err, fault.ReasonStatementInvalid)
}
