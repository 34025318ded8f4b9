// Package agreed has two people agree on versions of a service's policies. Both steps of
// a version are leaves of the ledger, recorded in their calls, and commit to what it says.
package agreed

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
	"github.com/solidarity-fund/solidarity/services/internal/agreement/versions"
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
	// Leaves are what the two steps of a version are to the ledger.
	Leaves func(v agreement.Version) (proposed, confirmed *ledgerv1.DecisionDraft, err error)
	Log    *slog.Logger
	Now    func() time.Time
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

// Get reads one version.
func (s *Store) Get(ctx context.Context, kind string, number int) (agreement.Version, error) {
	v, err := versions.Get(ctx, s.DB.Pool, kind, number, "")
	if err != nil {
		return agreement.Version{}, err
	}
	counts, err := versions.InForce(ctx, s.DB.Pool, kind, s.Now())
	v.InForce = counts.Number == number
	return v, err
}

// Counts reads into policy what counts now, and leaves it as it is before the first
// version. A row that the ledger has no leaf of, because somebody has changed it, is
// refused: fault Precondition, ROW_WITHOUT_LEAF.
func (s *Store) Counts(ctx context.Context, kind string, policy any) error {
	v, err := versions.InForce(ctx, s.DB.Pool, kind, s.Now())
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
	rows, err := listing.Rows(ctx, s.DB.Pool, "policy versions", pgx.RowToStructByName[versions.Row], versions.Columns, listing.List{
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
	list, inForce := make([]agreement.Version, len(rows)), map[string]int{}
	for i, r := range rows {
		list[i] = r.Version()
		number, known := inForce[r.Kind]
		if !known {
			v, err := versions.InForce(ctx, s.DB.Pool, r.Kind, s.Now())
			if err != nil {
				return nil, err
			}
			number = v.Number
			inForce[r.Kind] = number
		}
		list[i].InForce = number == r.Number
	}
	return list, nil
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

// Day reads the day of a proposal; one that names none begins on the given one. field
// names it.
func Day(field, text string, begins time.Time) (time.Time, error) {
	if text == "" {
		return begins, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, fault.Field(field, fault.FieldMalformed, "must be a day such as 2026-11-30")
	}
	return day, nil
}

// contentOf writes what a version says.
func contentOf(policy any) ([]byte, error) {
	content, err := json.Marshal(policy)
	if err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	return content, nil
}
