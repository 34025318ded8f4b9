package household

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// row is one version of a row that decides about a family.
type row struct {
	// family is whose row it is, table and id say which.
	family, table, id string
	// version counts the decisions about it.
	version int
	// says is what was decided, field by field.
	says []string
	// decided says that a verifier decided it, not a caseworker.
	decided bool
}

// String names the row for an alarm.
func (r row) String() string { return r.table + " " + r.id }

// next is the version after r, of which it is only asked whether it is there.
func (r row) next() row {
	r.version, r.says = r.version+1, nil
	return r
}

// leaf makes the leaf of a row.
func (s *Store) leaf(ctx context.Context, r row) (leaf.Leaf, error) {
	l := leaf.Leaf{Decided: r.decided}
	name := []byte(r.table + "|" + r.id + "|" + strconv.Itoa(r.version))
	at, err := s.digest(ctx, seal.Family(r.family), "leaf reference", name)
	if err != nil {
		return l, err
	}
	l.Reference = reference.FamilyDecision(hex.EncodeToString(at))
	content, err := json.Marshal(append([]string{r.table, r.id, strconv.Itoa(r.version)}, r.says...))
	if err != nil {
		return l, fmt.Errorf("write %s: %w", r, err)
	}
	commitment, err := s.digest(ctx, seal.Family(r.family), "leaf", content)
	if err != nil {
		return l, err
	}
	copy(l.Commitment[:], commitment)
	return l, nil
}

// recordTime bounds the question to the ledger, which is asked while the family is
// locked: so what is recorded is what is then written.
const recordTime = 5 * time.Second

// mostVersions is how many versions of a row may have been recorded without effect, by
// people whose calls broke off, before a further one is refused.
const mostVersions = 8

// record records the decision that a row becomes, in the call of the person who takes
// it, and returns the version that it has then: a later one where the next was recorded
// by somebody whose call broke off. Further rows are recorded with it.
func (s *Store) record(ctx context.Context, r row) (version int, err error) {
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	for range mostVersions {
		l, err := s.leaf(ctx, r)
		if err != nil {
			return 0, err
		}
		conflict, err := leaf.Record(ctx, s.ledger, l)
		if err != nil || !conflict {
			return r.version, err
		}
		r.version++
	}
	return 0, fmt.Errorf("record decision about %s: too many others were recorded", r)
}

// oweStop writes that the ledger is owed the leaf of a stop, which has acted: nobody's
// token is asked for, and no ledger.
func (s *Store) oweStop(ctx context.Context, tx pgx.Tx, r row) error {
	r.decided = true
	l, err := s.leaf(ctx, r)
	if err != nil {
		return err
	}
	return decision.Owe(ctx, tx, s.queue.Enqueue, s.now(), decision.Decision{
		Reference: l.Reference, Kind: "FAMILY_DECIDED", Day: s.now().Format(time.DateOnly), Commitment: l.Commitment[:],
	})
}
