// Package versions keeps the versions of a service's policies. Both steps of a version are
// leaves of the ledger, recorded in the calls of two people, and commit to what it says.
package versions

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Ledger is the part of the ledger that keeps decisions.
type Ledger interface {
	// Record records decisions of the person whose token the call carries.
	Record(context.Context, *ledgerv1.RecordRequest, ...grpc.CallOption) (*ledgerv1.RecordResponse, error)
	// CheckLeaves says which leaves stand in the log.
	CheckLeaves(context.Context, *ledgerv1.CheckLeavesRequest, ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error)
}

// Options are what a Store is made of.
type Options struct {
	DB     *postgres.DB
	Ledger Ledger
	// Name is the resource name of a version.
	Name func(kind string, number int) string
	Log  *slog.Logger
	Now  func() time.Time
}

// Store keeps the versions of a service's policies. It is safe for concurrent use.
type Store struct {
	Options
	// proven are the names and commitments of confirmed versions whose leaf was seen: the
	// log only grows.
	proven sync.Map
	// trusting takes rows for true, in the test of what happens then.
	trusting bool
}

// New makes a Store.
func New(o Options) *Store { return &Store{Options: o} }

// columns of a version.
const columns = `
	SELECT v.kind, v.version, v.state, v.content, v.effective_on, v.proposed_by, COALESCE(v.confirmed_by, '') AS confirmed_by,
		v.created_at, v.confirmed_at FROM policy_versions v `

type row struct {
	Kind        string
	Version     int
	State       agreement.State
	Content     string
	EffectiveOn time.Time
	ProposedBy  string
	ConfirmedBy string
	CreatedAt   time.Time
	ConfirmedAt *time.Time
}

func (r row) version() agreement.Version {
	return agreement.Version{
		Kind: r.Kind, Number: r.Version, State: r.State, EffectiveOn: r.EffectiveOn, Content: []byte(r.Content),
		ProposedBy: r.ProposedBy, ConfirmedBy: r.ConfirmedBy, Created: r.CreatedAt, Confirmed: r.ConfirmedAt,
	}
}

// Get reads one version.
func (s *Store) Get(ctx context.Context, kind string, number int) (agreement.Version, error) {
	v, err := s.get(ctx, s.DB.Pool, kind, number, "")
	if err != nil {
		return agreement.Version{}, err
	}
	counts, err := InForce(ctx, s.DB.Pool, kind, s.Now())
	v.InForce = counts.Number == number
	return v, err
}

func (s *Store) get(ctx context.Context, q postgres.Querier, kind string, number int, lock string) (agreement.Version, error) {
	r, err := postgres.One(ctx, q, "policy version", pgx.RowToStructByName[row], columns+`WHERE v.kind = $1 AND v.version = $2 `+lock, kind, number)
	if err != nil {
		return agreement.Version{}, err
	}
	return r.version(), nil
}

// InForce reads the version of a kind that counts at a time, by the rows alone; its Number
// is zero before the first one.
func InForce(ctx context.Context, q postgres.Querier, kind string, now time.Time) (agreement.Version, error) {
	r, err := postgres.One(ctx, q, "policy in force", pgx.RowToStructByName[row], columns+`
		WHERE v.kind = $1 AND v.state = 'CONFIRMED' AND v.effective_on <= $2 ORDER BY v.confirmed_sequence DESC LIMIT 1`, kind, now)
	if fault.OfKind(err, fault.NotFound) {
		return agreement.Version{Kind: kind}, nil
	}
	if err != nil {
		return agreement.Version{}, err
	}
	v := r.version()
	v.InForce = true
	return v, nil
}

// Counts reads into policy what counts now, and leaves it as it is before the first
// version. A row that the ledger has no leaf of, because somebody has changed it, is
// refused: fault Precondition, ROW_WITHOUT_LEAF.
func (s *Store) Counts(ctx context.Context, kind string, policy any) error {
	v, err := InForce(ctx, s.DB.Pool, kind, s.Now())
	if err != nil || v.Number == 0 {
		return err
	}
	if err := s.prove(ctx, v); err != nil {
		return err
	}
	return v.Read(policy)
}

// List lists versions of a kind, or of all for resource.Any, newest first.
func (s *Store) List(ctx context.Context, kind string, p page.Page) ([]agreement.Version, error) {
	rows, err := listing.Rows(ctx, s.DB.Pool, "policy versions", pgx.RowToStructByName[row], columns, listing.List{
		Rows: "policy_versions", Alias: "v", Newest: true,
		Keys: []listing.Key{
			{Name: "create_time", SQL: "v.created_at", Kind: listing.Time},
			{Name: "name", SQL: "v.kind"}, {SQL: "v.version", Kind: listing.Number},
		},
		Columns: map[string]filter.Column{listing.State: {SQL: "v.state", Words: filter.Words[typev1.PolicyVersionState]()}},
	}, p, listing.Under("v.kind", kind))
	if err != nil {
		return nil, err
	}
	versions, inForce := make([]agreement.Version, len(rows)), map[string]int{}
	for i, r := range rows {
		versions[i] = r.version()
		number, known := inForce[r.Kind]
		if !known {
			v, err := InForce(ctx, s.DB.Pool, r.Kind, s.Now())
			if err != nil {
				return nil, err
			}
			number = v.Number
			inForce[r.Kind] = number
		}
		versions[i].InForce = number == r.Version
	}
	return versions, nil
}

// Keys are those of a version in a list.
func Keys(v agreement.Version) []string {
	return append(page.At(v.Created, v.Kind), page.Numbered(int64(v.Number))...)
}

// Number reads the number of a version as it stands in its name; what is none names no
// version.
func Number(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || strconv.Itoa(number) != text || number > 1<<30 {
		return 0, fault.Missing("policy version")
	}
	return number, nil
}

// contentOf writes what a version says.
func contentOf(policy any) ([]byte, error) {
	content, err := json.Marshal(policy)
	if err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	return content, nil
}
