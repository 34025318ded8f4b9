package household

import (
	"context"

	"github.com/jackc/pgx/v5"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// The lists, and what a filter may ask of each.

func familyList() listing.List {
	return oldest("families", "f", "family_id", map[string]filter.Column{
		listing.State: {SQL: "f.state", Words: filter.Words[familiesv1.FamilyState]()},
	})
}

func memberList() listing.List { return oldest("members", "b", "member_id", nil) }

func contactList() listing.List {
	return oldest("contacts", "b", "contact_id", map[string]filter.Column{
		listing.State: {SQL: "b.state", Words: filter.Words[familiesv1.ContactState]()},
	})
}

func consentList() listing.List {
	return oldest("consents", "b", "consent_id", map[string]filter.Column{
		"purpose":   {SQL: "b.purpose", Words: filter.Words[familiesv1.ConsentPurpose]()},
		"withdrawn": {SQL: "(b.withdrawn_on IS NOT NULL)", Bool: true},
		listing.State: {
			SQL:   "(CASE WHEN b.withdrawn_on IS NULL THEN 'GIVEN' ELSE 'WITHDRAWN' END)",
			Words: map[string]string{"GIVEN": "GIVEN", "WITHDRAWN": "WITHDRAWN"},
		},
	})
}

func destinationList() listing.List {
	return oldest("destinations", "b", "destination_id", map[string]filter.Column{
		listing.State: {SQL: "b.state", Words: filter.Words[familiesv1.DestinationState]()},
		"form":        {SQL: "b.form", Words: filter.Words[familiesv1.DestinationForm]()},
	})
}

func requestList() listing.List {
	return oldest("aid_requests", "r", "aid_request_id", map[string]filter.Column{
		listing.State: {SQL: "r.state", Words: filter.Words[familiesv1.AidRequestState]()},
	})
}

// entryList is of the versions of one entry; no filter is asked of it.
func entryList() listing.List {
	return listing.List{
		Rows: "entries", Alias: "e", Newest: true, Keys: []listing.Key{{Name: "number", SQL: "e.version", Kind: listing.Number}},
	}
}

// fundableList is by resource name; no filter is asked of it.
func fundableList() listing.List {
	return listing.List{
		Rows: "aid_requests", Alias: "r",
		Keys: []listing.Key{{Name: "family", SQL: "r.family_id"}, {Name: "name", SQL: "r.aid_request_id"}},
	}
}

// oldest is a list of rows in the order of their making.
func oldest(rows, alias, id string, columns map[string]filter.Column) listing.List {
	return listing.List{
		Rows: rows, Alias: alias, Columns: columns,
		Keys: []listing.Key{
			{Name: "create_time", SQL: alias + ".created_on", Kind: listing.Time}, {Name: "name", SQL: alias + "." + id},
		},
	}
}

// reached is the condition of the rows that a scope reaches: own cases, those of a deputy,
// those that were drawn to the person, and those that wait where the scope has these. Every row knows whose case its family is.
func reached(scope family.Scope, alias string) listing.Condition {
	if scope.All {
		return listing.Where("TRUE")
	}
	also := ""
	if scope.Waiting {
		also = ` UNION SELECT f.family_id FROM families f WHERE ` + waiting
	}
	return listing.Either(listing.Where(alias+".owner = %s", scope.Person), listing.Few(alias+`.family_id = ANY (ARRAY (
		SELECT d.family_id FROM verifications d WHERE d.confirmer = %[1]s AND d.outcome = 'PROPOSED'
		UNION SELECT d.family_id FROM families d WHERE d.deputy = %[1]s`+also+`))`, scope.Person))
}

// Belonging is one of what belongs to a family, and to which.
type Belonging[T any] struct {
	FamilyID string
	One      T
}

// belongings reads a page of what belongs to a family that the scope reaches, or to
// all of them. The table of the list is b.
func belongings[T any](ctx context.Context, s *Store, scope family.Scope, familyID string, scan func(row pgx.CollectableRow, further ...any) (T, error), columns string, l listing.List, p page.Page) ([]Belonging[T], error) {
	whose, err := s.whose(ctx, scope, familyID, l)
	if err != nil {
		return nil, err
	}
	return listing.Rows(ctx, s.db.Pool, l.Rows, func(row pgx.CollectableRow) (b Belonging[T], err error) {
		b.One, err = scan(row, &b.FamilyID)
		return b, err
	}, `SELECT `+columns+`, b.family_id FROM `+l.Rows+` b`, l, p, whose...)
}

// whose are the conditions of what belongs to a family that the scope reaches, or to
// all of them.
func (s *Store) whose(ctx context.Context, scope family.Scope, familyID string, l listing.List) ([]listing.Condition, error) {
	if familyID == resource.Any {
		return []listing.Condition{reached(scope, l.Alias)}, nil
	}
	_, err := s.Family(ctx, scope, familyID)
	return []listing.Condition{listing.Under(l.Alias+".family_id", familyID)}, err
}
