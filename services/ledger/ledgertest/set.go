package ledgertest

import (
	"context"
	"fmt"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// SetAvailable brings what a fund may spend to an amount, by a gift or by a taking
// of Stripe.
func (l *Ledger) SetAvailable(fund string, minor int64) {
	l.t.Helper()
	l.set(account.FundAvailable(fund), minor)
}

// SetDeficit brings a fund's deficit to an amount, zero for none.
func (l *Ledger) SetDeficit(fund string, minor int64) {
	l.t.Helper()
	l.set(account.Deficit(fund), -minor)
}

// SetHands has plans need as many persons as a table of rows says, from today on.
func (l *Ledger) SetHands(rows ...*ledgerv1.HandsRow) {
	l.t.Helper()
	name := fmt.Sprintf("policies/hands/versions/given%d", len(l.given)+1)
	l.given[name] = true
	l.say(name, &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_HandsPolicy{HandsPolicy: &ledgerv1.HandsPolicyContent{
		EffectiveOn: l.now().UTC().Format(time.DateOnly), ApprovalDays: 7,
		Currencies: []*ledgerv1.HandsOfCurrency{{CurrencyCode: Currency, Rows: rows}},
	}}}, "POLICY_PROPOSED", "POLICY_VERSION")
}

// set brings an account to a balance, against the money at Stripe.
func (l *Ledger) set(path string, net int64) {
	l.t.Helper()
	change := net - l.Balance(path)
	if change == 0 {
		return
	}
	d := &ledgerv1.TransactionDraft{
		Reference: fmt.Sprintf("given/%d", len(l.given)), Source: "donations/given",
		OccurredOn: l.now().UTC().Format(time.DateOnly),
	}
	line := func(path string, side ledgerv1.Side) {
		d.Entries = append(d.Entries, &ledgerv1.EntryDraft{
			Account: path, Side: side, Amount: &typev1.Money{MinorUnits: max(change, -change), CurrencyCode: Currency},
		})
	}
	if change > 0 {
		d.Kind = ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION
		line(account.Stripe(), ledgerv1.Side_SIDE_DEBIT)
		line(path, ledgerv1.Side_SIDE_CREDIT)
	} else {
		d.Kind = ledgerv1.TransactionKind_TRANSACTION_KIND_STRIPE_TAKING
		line(path, ledgerv1.Side_SIDE_DEBIT)
		line(account.Stripe(), ledgerv1.Side_SIDE_CREDIT)
	}
	if err := l.give("donations", d); err != nil {
		l.t.Fatalf("set %s to %d: %v", path, net, err)
	}
}

// give books what a test begins with.
func (l *Ledger) give(service string, drafts ...*ledgerv1.TransactionDraft) error {
	for _, d := range drafts {
		l.given[d.GetReference()] = true
	}
	ctx := identity.Into(context.Background(), identity.Caller{Service: service})
	_, err := l.server.Post(ctx, &ledgerv1.PostRequest{Transactions: drafts})
	return err
}
