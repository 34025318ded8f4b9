package store

import (
	"context"
	"crypto/hmac"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/inquiry"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// KeepMeant keeps what the service's secret makes of the account that an attempt is meant
// for, before the attempt can leave. Of what has none nothing is kept.
func (s *Store) KeepMeant(ctx context.Context, a payment.Attempt, account string) error {
	if account == "" {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO meant_accounts (payment_id, number, digest, paid) VALUES ($1, $2, $3, 'UNKNOWN')
			ON CONFLICT (payment_id, number) DO NOTHING`, a.PaymentID, a.Number, s.meant(a, account))
		return err
	})
}

// meant is a digest of an account that no other attempt has: what goes to one account
// twice looks like two.
func (s *Store) meant(a payment.Attempt, account string) []byte {
	number := strings.ToUpper(strings.ReplaceAll(account, " ", ""))
	return s.rows.Sign(rowmac.NewRow("meant accounts", payment.AttemptName(a.PaymentID, a.Number), 1).Text(number))
}

// compare holds the account that the bank says it paid against the one that was meant.
// Another one opens an inquiry, once.
func (m *matching) compare(ctx context.Context, account string, a payment.Attempt) error {
	meant, err := postgres.One(ctx, m.tx, "meant account", pgx.RowTo[[]byte], `
		SELECT digest FROM meant_accounts WHERE payment_id = $1 AND number = $2`, a.PaymentID, a.Number)
	if fault.OfKind(err, fault.NotFound) {
		return nil // where it went says no account
	}
	if err != nil {
		return err
	}
	paid := "OTHER"
	if hmac.Equal(meant, m.store.meant(a, account)) {
		paid = "SAME"
	}
	// What was another account once stays so, whatever a later message says.
	if _, err := m.tx.Exec(ctx, `
		UPDATE meant_accounts SET paid = $3 WHERE payment_id = $1 AND number = $2 AND paid <> 'OTHER'`, a.PaymentID, a.Number, paid); err != nil {
		return fmt.Errorf("note which account was paid: %w", err)
	}
	if paid == "SAME" {
		return nil
	}
	m.other++
	return m.store.openInquiry(ctx, m.tx, a.PaymentID, inquiry.OtherAccount)
}

// openInquiry opens an inquiry about a payment, unless there is one for the same reason.
func (s *Store) openInquiry(ctx context.Context, tx pgx.Tx, paymentID string, why inquiry.Reason) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO inquiries (id, payment_id, reason, state, created_at) VALUES ($1, $2, $3, 'OPEN', $4)
		ON CONFLICT (payment_id, reason) DO NOTHING`, resource.NewID(resource.KindInquiry), paymentID, why, s.now())
	if err != nil {
		return fmt.Errorf("open inquiry: %w", err)
	}
	return nil
}
