package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// The lists, and what a filter may ask of each.

func staffList() listing.List {
	return oldest("staff", "staff", map[string]filter.Column{
		listing.State: {SQL: "staff.state", Words: filter.Words[accessv1.StaffState]()},
	})
}

func grantList() listing.List {
	return oldest("role_grants", "g", map[string]filter.Column{
		listing.State: {SQL: "g.state", Words: filter.Words[accessv1.GrantState]()},
		"role":        {SQL: "g.role", Words: filter.Words[policyv1.Role]()},
	})
}

// oldest is a list of rows in the order of their making.
func oldest(rows, alias string, columns map[string]filter.Column) listing.List {
	return listing.List{
		Rows: rows, Alias: alias, Columns: columns,
		Keys: []listing.Key{
			{Name: "create_time", SQL: alias + ".created_at", Kind: listing.Time}, {Name: "name", SQL: alias + ".id"},
		},
	}
}

// List lists people as of now, the first proposed first.
func (s *Store) List(ctx context.Context, p page.Page, now time.Time) ([]staff.Member, error) {
	ids, err := listing.Rows(ctx, s.db.Pool, "people", pgx.RowTo[string], `SELECT staff.id FROM staff`, staffList(), p)
	if err != nil {
		return nil, err
	}
	return queryMembers(ctx, s.db.Pool, ofPage, now, ids)
}

// Grants lists the grants of a person, or of any, the oldest first.
func (s *Store) Grants(ctx context.Context, staffID string, p page.Page) ([]staff.Grant, error) {
	rows, err := listing.Rows(ctx, s.db.Pool, "grants", pgx.RowToStructByName[grantRow], `SELECT `+grantColumns+` FROM role_grants g`,
		grantList(), p, listing.Under("g.staff_id", staffID))
	grants := make([]staff.Grant, len(rows))
	for i, r := range rows {
		grants[i] = r.grant()
	}
	return grants, err
}
