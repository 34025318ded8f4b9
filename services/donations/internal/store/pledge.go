package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const pledgeColumns = `id, partner_id, currency, amount, tip, return_url, receipt_sha256, state, created_at,
	session_id, checkout_url, checkout_expires_at`

var pledgeStates = words[pledge.State]{
	pledge.Pending: "PENDING", pledge.Active: "ACTIVE", pledge.Paused: "PAUSED",
	pledge.Fulfilled: "FULFILLED", pledge.Cancelled: "CANCELLED", pledge.Lapsed: "LAPSED",
}

// pledgeRow is a row of pledges without its duties.
type pledgeRow struct {
	ID                string
	PartnerID         string
	Currency          string
	Amount            int64
	Tip               int64
	ReturnURL         string `db:"return_url"`
	ReceiptSHA256     []byte `db:"receipt_sha256"`
	State             string
	CreatedAt         time.Time
	SessionID         *string
	CheckoutURL       *string `db:"checkout_url"`
	CheckoutExpiresAt *time.Time
}

func (r pledgeRow) pledge() pledge.Pledge {
	p := pledge.Pledge{
		ID: r.ID, Partner: r.PartnerID, Amount: money.Amount{MinorUnits: r.Amount, Currency: r.Currency}, Tip: r.Tip,
		ReturnURL: r.ReturnURL, ReceiptSHA256: r.ReceiptSHA256, State: pledgeStates.of(r.State), CreatedAt: r.CreatedAt,
	}
	if r.SessionID != nil {
		p.Checkout.SessionID, p.Checkout.ExpiresAt = *r.SessionID, *r.CheckoutExpiresAt
	}
	if r.CheckoutURL != nil {
		p.Checkout.URL = *r.CheckoutURL
	}
	return p
}

// CreatePledge stores a pledge, with its funds' terms as they are now and the
// payment page still to be made. It returns the pledge's name, or that of the
// pledge which an earlier call with the same key has made.
func (s *Store) CreatePledge(ctx context.Context, p pledge.Pledge) (string, error) {
	return s.once(ctx, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if err := designate(ctx, tx, &p); err != nil {
			return "", err
		}
		_, err := tx.Exec(ctx, `INSERT INTO pledges (id, partner_id, currency, amount, tip, return_url, receipt_sha256, state, created_at,
			checkout_owed_at, checkout_claimed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, NULL)`,
			p.ID, p.Partner, p.Amount.Currency, p.Amount.MinorUnits, p.Tip, p.ReturnURL, p.ReceiptSHA256,
			pledgeStates[p.State], p.CreatedAt)
		switch {
		case postgres.Violates(err, "pledges_receipt"):
			return "", fault.Field("receiptTokenSha256", "was used before; make a fresh token")
		case err != nil:
			return "", fmt.Errorf("insert pledge: %w", err)
		}
		for i, d := range p.Designations {
			_, err := tx.Exec(ctx, `INSERT INTO pledge_designations (pledge_id, position, fund_id, share, amount, promises_full, reserve_share, operations_share)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
				p.ID, i, d.Fund, d.Share, d.Amount, d.Terms.PromisesFull, d.Terms.ReserveShare, d.Terms.OperationsShare)
			if err != nil {
				return "", fmt.Errorf("insert designation: %w", err)
			}
		}
		return "pledges/" + p.ID, nil
	})
}

// designate reads the funds so that none is closed before the pledge is stored.
func designate(ctx context.Context, tx pgx.Tx, p *pledge.Pledge) error {
	ids := make([]string, len(p.Designations))
	for i, d := range p.Designations {
		ids[i] = d.Fund
	}
	funds, err := fundsByID(ctx, tx, `SELECT `+fundColumns+` FROM funds WHERE id = ANY($1) ORDER BY id FOR SHARE`, ids...)
	if err != nil {
		return err
	}
	return p.Designate(func(field, id string) (pledge.Terms, error) {
		f, ok := funds[id]
		if !ok {
			return pledge.Terms{}, fault.Field(field, "is not a fund")
		}
		return termsOf(f), f.Accept(field, p.Amount.Currency)
	})
}

func termsOf(f fund.Fund) pledge.Terms {
	return pledge.Terms{PromisesFull: f.PromisesFull, ReserveShare: f.ReserveShare, OperationsShare: f.OperationsShare}
}

// Pledge returns a pledge within scope.
func (s *Store) Pledge(ctx context.Context, scope Scope, id string) (pledge.Pledge, error) {
	return onePledge(ctx, s.db.Pool, `id = $1 AND ($2 = '' OR partner_id = $2)`, id, scope)
}

// PledgeByReceipt returns the pledge that a receipt token's hash opens.
func (s *Store) PledgeByReceipt(ctx context.Context, sha256 []byte) (pledge.Pledge, error) {
	return onePledge(ctx, s.db.Pool, `receipt_sha256 = $1`, sha256)
}

// Pledges lists pledges within scope, newest first.
func (s *Store) Pledges(ctx context.Context, scope Scope, p page.Page) ([]pledge.Pledge, error) {
	at, id, err := p.NewestFirst()
	if err != nil {
		return nil, err
	}
	return pledges(ctx, s.db.Pool, `($1 = '' OR partner_id = $1) AND (created_at, id) < ($2, $3)
		ORDER BY created_at DESC, id DESC LIMIT $4`, scope, at, id, p.Limit())
}

func onePledge(ctx context.Context, q postgres.Querier, where string, args ...any) (pledge.Pledge, error) {
	list, err := pledges(ctx, q, where, args...)
	if err != nil {
		return pledge.Pledge{}, err
	}
	if len(list) == 0 {
		return pledge.Pledge{}, fault.Missing("pledge")
	}
	return list[0], nil
}

func pledges(ctx context.Context, q postgres.Querier, where string, args ...any) ([]pledge.Pledge, error) {
	list, err := postgres.Many(ctx, q, "pledges", func(r pgx.CollectableRow) (pledge.Pledge, error) {
		row, err := pgx.RowToStructByName[pledgeRow](r)
		return row.pledge(), err
	}, `SELECT `+pledgeColumns+` FROM pledges WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	return list, addDesignations(ctx, q, list)
}

func addDesignations(ctx context.Context, q postgres.Querier, list []pledge.Pledge) error {
	ids, at := make([]string, len(list)), map[string]*pledge.Pledge{}
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	rows, err := q.Query(ctx, `SELECT pledge_id, fund_id, share, amount, promises_full, reserve_share, operations_share
		FROM pledge_designations WHERE pledge_id = ANY($1) ORDER BY pledge_id, position`, ids)
	if err != nil {
		return fmt.Errorf("read designations: %w", err)
	}
	var id string
	var d pledge.Designation
	_, err = pgx.ForEachRow(rows, []any{
		&id, &d.Fund, &d.Share, &d.Amount, &d.Terms.PromisesFull, &d.Terms.ReserveShare, &d.Terms.OperationsShare,
	}, func() error {
		at[id].Designations = append(at[id].Designations, d)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read designations: %w", err)
	}
	return nil
}
