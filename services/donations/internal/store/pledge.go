package store

import (
	"bytes"
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// pledgeColumns are those of pledges AS p with one of its checkouts AS c. OFFSET has the
// payments of a pledge looked up and ordered then: among few rows the planner would rather
// walk through all, newest first, and keeps to it among many.
const pledgeColumns = `p.id, p.partner_id, p.currency, p.amount, p.tip, p.return_url, p.receipt_sha256, p.state, p.recurrence, p.version,
	p.created_at, p.forgotten_on, p.mac, (SELECT to_jsonb(g) FROM givings AS g WHERE g.pledge_id = p.id) AS giving,
	EXISTS (SELECT 1 FROM checkouts AS f WHERE f.pledge_id = p.id AND f.number = 1 AND f.state = 'REFUSED') AS refused,
	c.id AS checkout_id, c.number AS checkout_number, c.state AS checkout_state, c.session_id, c.url AS checkout_url,
	c.expires_at AS checkout_expires_at, c.created_at AS checkout_created_at,
	COALESCE(NULLIF(c.failure, ''), (SELECT t.failure FROM (SELECT * FROM donations AS o WHERE o.pledge_id = p.id OFFSET 0) AS t ORDER BY t.created_at DESC, t.id DESC LIMIT 1), '') AS failure,
	CASE WHEN p.recurrence <> '' THEN (SELECT array_agg(f.id ORDER BY d.position) FROM pledge_designations AS d JOIN funds AS f ON f.id = d.fund_id
		WHERE d.pledge_id = p.id AND f.state = 'CLOSED') END AS closed_funds,
	(SELECT json_agg(d ORDER BY d.position) FROM pledge_designations AS d WHERE d.pledge_id = p.id) AS designations`

// pledgeTables join each pledge with its newest checkout.
const pledgeTables = `pledges AS p JOIN checkouts AS c ON c.pledge_id = p.id
	AND c.number = (SELECT max(n.number) FROM checkouts AS n WHERE n.pledge_id = p.id)`

// pledgeRow is a row of pledges with its designations and one of its checkouts, without
// what that owes.
type pledgeRow struct {
	ID                string
	PartnerID         string
	Currency          string
	Amount            int64
	Tip               int64
	ReturnURL         string `db:"return_url"`
	ReceiptSHA256     []byte `db:"receipt_sha256"`
	State             pledge.State
	Recurrence        pledge.Recurrence
	Version           int64
	Giving            *givingRow
	Refused           bool
	CreatedAt         time.Time
	ForgottenOn       *time.Time
	CheckoutID        string
	CheckoutNumber    int
	CheckoutState     pledge.CheckoutState
	SessionID         *string
	CheckoutURL       *string `db:"checkout_url"`
	CheckoutExpiresAt *time.Time
	CheckoutCreatedAt time.Time
	Failure           donation.Failure
	ClosedFunds       []string
	Designations      []designationRow
	MAC               []byte `db:"mac"`
}

// designationRow is a row of pledge_designations.
type designationRow struct {
	FundID          string `json:"fund_id"`
	Share           int64  `json:"share"`
	Amount          int64  `json:"amount"`
	PromisesFull    bool   `json:"promises_full"`
	ReserveShare    int64  `json:"reserve_share"`
	OperationsShare int64  `json:"operations_share"`
}

// toPledge reads a pledge as it stands in the tables.
func toPledge(r pgx.CollectableRow) (pledge.Pledge, error) {
	p, err := toSigned(r)
	return p.Pledge, err
}

// toSigned reads a pledge with its MAC.
func toSigned(r pgx.CollectableRow) (signedPledge, error) {
	row, err := pgx.RowToStructByName[pledgeRow](r)
	p := pledge.Pledge{
		ID: row.ID, Partner: row.PartnerID, Amount: money.Amount{MinorUnits: row.Amount, Currency: row.Currency}, Tip: row.Tip,
		ReturnURL: row.ReturnURL, ReceiptSHA256: row.ReceiptSHA256, State: row.State, Failure: string(row.Failure),
		Recurrence: row.Recurrence, Version: row.Version, Giving: row.Giving.giving(), Refused: row.Refused, CreatedAt: row.CreatedAt, ForgottenOn: row.ForgottenOn,
		ClosedFunds: row.ClosedFunds, Checkout: pledge.Checkout{ID: row.CheckoutID, Number: row.CheckoutNumber, State: row.CheckoutState, CreatedAt: row.CheckoutCreatedAt},
	}
	if row.SessionID != nil {
		p.Checkout.SessionID, p.Checkout.ExpiresAt = *row.SessionID, *row.CheckoutExpiresAt
	}
	if row.CheckoutURL != nil {
		p.Checkout.URL = *row.CheckoutURL
	}
	for _, d := range row.Designations {
		p.Designations = append(p.Designations, pledge.Designation{
			Fund: d.FundID, Share: d.Share, Amount: d.Amount,
			Terms: pledge.Terms{PromisesFull: d.PromisesFull, ReserveShare: d.ReserveShare, OperationsShare: d.OperationsShare},
		})
	}
	return signedPledge{p, row.MAC}, err
}

// CreatePledge stores a pledge with its funds' terms as they are now, and returns
// it. Its payment page is owed, and the caller has claimed to make it. A repeat of
// the call returns the first one's pledge as it is now, and has claimed nothing.
func (s *Store) CreatePledge(ctx context.Context, p pledge.Pledge) (pledge.Pledge, error) {
	var funds []fund.Fund
	id, err := idempotency.OnceInTrips(ctx, s.db, p.ID, func(q *pgx.Batch) {
		// The locks keep a fund from closing before the pledge is stored.
		q.Queue(`SELECT `+fundColumns+` FROM funds WHERE id = ANY($1) ORDER BY id FOR SHARE`, p.Funds()).Query(func(rows pgx.Rows) (err error) {
			funds, err = pgx.CollectRows(rows, toFund)
			return err
		})
	}, func(context.Context, pgx.Tx) (*pgx.Batch, error) {
		if err := designate(&p, funds, s.now()); err != nil {
			return nil, err
		}
		return s.inserted(p), nil
	})
	switch {
	case postgres.Violates(err, "pledges_receipt"):
		return pledge.Pledge{}, fault.Field("receiptTokenSha256", fault.FieldUsedBefore, "was used before; make a fresh token")
	case err == nil && idempotency.Replayed(ctx):
		return s.Pledge(ctx, Scope(p.Partner), id)
	default:
		return p, err
	}
}

// designate writes down the terms of the pledge's funds.
func designate(p *pledge.Pledge, funds []fund.Fund, now time.Time) error {
	known := byID(funds)
	return p.Designate(func(field, id string) (pledge.Terms, error) {
		f, ok := known[id]
		if !ok {
			return pledge.Terms{}, fault.Field(field, fault.FieldNoSuchResource, "is not a fund")
		}
		terms := pledge.Terms{PromisesFull: f.PromisesFull, ReserveShare: f.ReserveShare, OperationsShare: f.OperationsShare}
		return terms, f.Accept(field, p.Amount.Currency, now)
	})
}

// inserted are the statements that store a fresh pledge and the claim to make its
// page.
func (s *Store) inserted(p pledge.Pledge) *pgx.Batch {
	q := &pgx.Batch{}
	q.Queue(`INSERT INTO pledges (id, partner_id, currency, amount, tip, return_url, receipt_sha256, state, recurrence, version,
			created_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		p.ID, p.Partner, p.Amount.Currency, p.Amount.MinorUnits, p.Tip, p.ReturnURL, p.ReceiptSHA256, p.State, p.Recurrence, p.Version,
		p.CreatedAt, s.rows.Sign(promised(p)))
	for i, d := range p.Designations {
		q.Queue(`INSERT INTO pledge_designations (pledge_id, position, fund_id, share, amount, promises_full, reserve_share, operations_share)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			p.ID, i, d.Fund, d.Share, d.Amount, d.Terms.PromisesFull, d.Terms.ReserveShare, d.Terms.OperationsShare)
	}
	if p.Mail != nil {
		q.Queue(`INSERT INTO mails (pledge_id, language, sealed, created_on) VALUES ($1, $2, $3, $4)`, p.ID, p.Mail.Language, p.Mail.Sealed, p.CreatedAt)
	}
	queueCheckout(q, p, p.Checkout)
	return q
}

// Pledge returns a pledge within scope. Another hand must not have changed it.
func (s *Store) Pledge(ctx context.Context, scope Scope, id string) (pledge.Pledge, error) {
	return s.ownPledge(ctx, s.db.Pool, `p.id = $1 AND ($2 = '' OR p.partner_id = $2)`, id, scope)
}

// PledgeByReceipt returns the pledge that a receipt token's hash opens. Where it
// opens none, it returns the pledge with the next hash, so that the caller can do
// the same work for any token. NotFound where there is no pledge at all. Another hand
// must not have changed the one that it opens.
func (s *Store) PledgeByReceipt(ctx context.Context, sha256 []byte) (pledge.Pledge, error) {
	p, err := onePledge(ctx, s.db.Pool, `p.receipt_sha256 = COALESCE(
		(SELECT receipt_sha256 FROM pledges WHERE receipt_sha256 >= $1 ORDER BY receipt_sha256 LIMIT 1),
		(SELECT receipt_sha256 FROM pledges ORDER BY receipt_sha256 LIMIT 1))`, sha256)
	if err != nil || !bytes.Equal(p.ReceiptSHA256, sha256) {
		return p.Pledge, err
	}
	return p.Pledge, s.kept(ctx, p)
}

// Pledges lists pledges within scope, newest first.
func (s *Store) Pledges(ctx context.Context, scope Scope, p page.Page) ([]pledge.Pledge, error) {
	return listing.Rows(ctx, s.db.Pool, "pledges", toPledge, `SELECT `+pledgeColumns+` FROM `+pledgeTables,
		pledgeList(), p, scope.within("p.partner_id"))
}

// ownPledge reads a pledge that no other hand has changed.
func (s *Store) ownPledge(ctx context.Context, q postgres.Querier, where string, args ...any) (pledge.Pledge, error) {
	p, err := onePledge(ctx, q, where, args...)
	if err == nil {
		err = s.kept(ctx, p)
	}
	return p.Pledge, err
}

func onePledge(ctx context.Context, q postgres.Querier, where string, args ...any) (signedPledge, error) {
	return postgres.One(ctx, q, "pledge", toSigned, `SELECT `+pledgeColumns+` FROM `+pledgeTables+` WHERE `+where, args...)
}
