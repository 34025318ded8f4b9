package register

import (
	"context"
	"errors"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
)

// The lists, and what a filter may ask of each.

// importList is of imports, the latest first.
func importList() listing.List {
	return listing.List{
		Rows: "prisoner_imports", Alias: "i", Newest: true,
		Keys: []listing.Key{
			{Name: "create_time", SQL: "i.created_at", Kind: listing.Time}, {Name: "name", SQL: "i.import_id"},
		},
		Columns: map[string]filter.Column{
			listing.State: {SQL: "i.state", Words: filter.Words[familiesv1.PrisonerImportState]()},
		},
	}
}

// prisonerList is of prisoners, the oldest first. What the tables know of a list and of
// its ids are digests.
func (s *Store) prisonerList(ids *sourceIDs) listing.List {
	return listing.List{
		Rows: "prisoners", Alias: "p",
		Keys: []listing.Key{
			{Name: "create_time", SQL: "p.created_on", Kind: listing.Time}, {Name: "name", SQL: "p.prisoner_id"},
		},
		Columns: map[string]filter.Column{
			"source_list": {SQL: "p.list_digest", Unordered: true, Value: func(name string) (any, error) { return s.listDigest(name), nil }},
			"source_id":   ids.column("p.source_digest"),
			"status":      {SQL: "p.status", Words: filter.Words[familiesv1.PrisonerStatus]()},
		},
	}
}

// rowList is of the rows of imports, in an order of their own.
func rowList(ids *sourceIDs) listing.List {
	return listing.List{
		Rows: "prisoner_import_rows", Alias: "r",
		Keys: []listing.Key{{Name: "name", SQL: "r.import_id"}, {SQL: "r.row_key", Kind: listing.Bytes}},
		Columns: map[string]filter.Column{
			"source_id": ids.column("r.source_digest"),
			"held_back": {SQL: "r.held_back", Bool: true},
			"unclear":   {SQL: "r.unclear", Bool: true},
			"status":    {SQL: "r.status", Words: filter.Words[familiesv1.PrisonerStatus]()},
			"change":    {SQL: "r.change", Words: filter.Words[familiesv1.PrisonerImportRowChange]()},
		},
	}
}

// clashList is of what is held back together, by import and number.
func clashList() listing.List {
	return listing.List{
		Rows: "prisoner_import_clashes", Alias: "c",
		Keys: []listing.Key{{Name: "name", SQL: "c.import_id"}, {SQL: "c.clash_number", Kind: listing.Number}},
		Columns: map[string]filter.Column{
			"kind":        {SQL: "c.kind", Words: filter.Words[familiesv1.PrisonerImportClashKind]()},
			listing.State: {SQL: "c.state", Words: filter.Words[familiesv1.PrisonerImportClashState]()},
		},
	}
}

// sourceIDs turns the ids of lists that a filter names into their digests: an id has one
// in each list.
type sourceIDs struct {
	ctx   context.Context
	store *Store
	err   error
}

// errNoDigest stands for what has failed, which is no fault of the filter.
var errNoDigest = errors.New("cannot be looked up")

func (x *sourceIDs) column(sql string) filter.Column {
	return filter.Column{SQL: sql, Operand: "ANY (%s)", Few: true, Value: func(id string) (any, error) {
		digests, err := x.store.sourceDigests(x.ctx, id)
		if err != nil {
			x.err = err
			return nil, errNoDigest
		}
		return digests, nil
	}}
}

// orElse is what has failed here, or else err.
func (x *sourceIDs) orElse(err error) error {
	if x.err != nil {
		return x.err
	}
	return err
}
