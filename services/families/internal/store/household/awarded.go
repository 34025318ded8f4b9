package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Share is the part of a payment that one award carries: what it was awarded for, how
// much, and by which round or emergency grant.
type Share struct {
	aidrequest.Key
	Minor int64
	Round Commit
	Grant Grant
}

// source is the resource name of what awarded a share.
func (sh Share) source() string {
	if sh.Grant.ID != "" {
		return resource.EmergencyGrant.Of(sh.Grant.ID)
	}
	return resource.AllocationRound.Of(sh.Round.Round)
}

// Commit is the decision by which a round was committed.
type Commit struct {
	// Round is the id of a round, Committer that of who committed it.
	Round, Committer string
	// Digest is that of its snapshot.
	Digest [32]byte
}

// ground is that the round was committed.
func (c Commit) ground() leaf.Ground {
	return leaf.Ground{
		Of: "allocation_rounds " + c.Round, By: resource.Staff.Of(c.Committer),
		Leaf: leaf.Leaf{Reference: reference.Commit(c.Round, c.Digest[:], c.Committer), Commitment: c.Digest, OfRound: true},
	}
}

// keys are the cycles that a payment is for.
func (r Release) keys() []aidrequest.Key {
	keys := make([]aidrequest.Key, len(r.Shares))
	for i, sh := range r.Shares {
		keys[i] = sh.Key
	}
	return keys
}

// awardGrounds returns that each request which is paid was approved as it stands, and
// that the rounds which awarded it were committed; of emergency grants, that two have
// approved them.
func (s *Store) awardGrounds(ctx context.Context, q postgres.Querier, r Release) ([]leaf.Ground, error) {
	requests, err := approvedRequests(ctx, q, r.keys())
	if err != nil {
		return nil, err
	}
	ofRequest, err := s.requestGrounds(ctx, requests)
	if err != nil {
		return nil, err
	}
	var all []leaf.Ground
	for _, sh := range r.Shares {
		if sh.Grant.ID == "" {
			all = append(append(all, ofRequest[sh.RequestID]...), sh.Round.ground())
			continue
		}
		approved, err := s.grantGrounds(ctx, q, sh)
		if err != nil {
			return nil, err
		}
		all = append(all, approved...)
	}
	return all, nil
}

// awarded checks that rounds or grants have reserved what a payment is for, and that it is
// no more than was approved.
func (s *Store) awarded(ctx context.Context, tx pgx.Tx, r Release) error {
	sums := map[aidrequest.Key]int64{}
	for _, sh := range r.Shares {
		if sums[sh.Key] += sh.Minor; sh.FamilyID != r.FamilyID {
			return notAwarded()
		}
		q, err := postgres.One(ctx, tx, "aid request", scanRequest, `SELECT `+requestColumns+` FROM aid_requests r
			WHERE r.aid_request_id = $1 AND r.family_id = $2 FOR SHARE`, sh.RequestID, r.FamilyID)
		if fault.OfKind(err, fault.NotFound) {
			return notAwarded().With(err)
		}
		if err != nil {
			return err
		}
		c, err := s.ownCycle(ctx, tx, sh.Key, ` FOR SHARE`)
		if err != nil && !fault.OfKind(err, fault.NotFound) {
			return fmt.Errorf("read cycle: %w", err)
		}
		switch {
		case q.State == aidrequest.Withdrawn:
			return fault.New(fault.Precondition, fault.ReasonRequestWithdrawn, "The aid request was withdrawn.")
		case !c.Of(sh.source()), q.Amount.Currency != r.Amount.Currency, sums[sh.Key] > q.Amount.MinorUnits:
			return notAwarded()
		}
	}
	return nil
}

func notAwarded() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonNotAwarded, "No round has reserved what the payment is for, or it is more than was approved.")
}
