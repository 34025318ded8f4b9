package household

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Bare takes the cover off what rows tell: they keep the moment instead of the day, and
// reads say who was read.
func (s *Store) Bare() {
	s.stamp = func(t time.Time) time.Time { return t }
	s.cover = func(subject seal.Subject, _ string) []byte { return []byte(subject.String()) }
}

// Trust has the store take rows for what they say, without asking for leaves.
func (s *Store) Trust() { s.trusting = true }

// Heedless has the store reserve for commits that have ended.
func (s *Store) Heedless() { s.heedless = true }

// lax takes every row as it is.
type lax struct{ Rows }

// Check finds nothing wrong.
func (lax) Check(context.Context, *rowmac.Row, []byte) error { return nil }

// Lax has the store take cycles that another hand has changed.
func (s *Store) Lax() { s.rows = lax{s.rows} }

// HasRound has a round have the cycles of a request, whoever may be paid.
func (s *Store) HasRound(ctx context.Context, requestID, round string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		cycles, err := readCycles(ctx, tx, `WHERE c.aid_request_id = $1`, requestID)
		for i := range cycles {
			cycles[i] = cycles[i].awarded(round)
		}
		if err != nil {
			return err
		}
		return s.writeCycles(ctx, tx, cycles)
	})
}

// Planned makes the one cycle of a request, whoever approved it: a test of leaves must not
// pass because the cycle has no MAC.
func (s *Store) Planned(ctx context.Context, familyID, requestID string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return s.insertCycles(ctx, tx, aidrequest.Request{FamilyID: familyID, ID: requestID, Progress: aidrequest.Plan(1, s.now())})
	})
}

// Forget has the store forget who has entered into a case.
func (s *Store) Forget() { s.forgetful = true }

// GrantDigest is what both commit to who approve an emergency grant for a request.
func (s *Store) GrantDigest(ctx context.Context, grant string, r aidrequest.Request, cycle int) ([32]byte, error) {
	l, err := s.leaf(ctx, grantRow(grant, r, cycle))
	return l.Commitment, err
}

// Blind has the store take every family for one of which something was checked
// independently.
func (s *Store) Blind() { s.blind = true }

// Lenient has the store leave what a frozen person did about destinations.
func (s *Store) Lenient() { s.lenient = true }

// Hearsay has the store take a destination for confirmed by who has neither called the
// family nor entered the same.
func (s *Store) Hearsay() { s.hearsay = true }
