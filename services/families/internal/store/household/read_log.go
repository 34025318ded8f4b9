package household

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

const (
	// readLogDays is how far back reads are listed.
	readLogDays = 90
	// readLog is the purpose of who lists them.
	readLog = "READ_LOG"
)

// Read is that somebody has read something personal.
type Read struct {
	ID, Person string
	// Subject is the resource name of who was read about, empty where that is not known.
	Subject string
	Purpose string
	On      time.Time
}

func readList() listing.List {
	return listing.List{
		Rows: "access_records", Alias: "r", Newest: true,
		Columns: map[string]filter.Column{
			"person": {SQL: "r.person"}, "purpose": {SQL: "r.purpose", Words: filter.Words[familiesv1.ReadPurpose]()},
		},
		Keys: []listing.Key{
			{Name: "create_time", SQL: "r.read_on", Kind: listing.Time}, {Name: "name", SQL: "r.record_id"},
		},
	}
}

// Reads lists what people have read not long ago, the newest first. That the person by
// does so is noted first.
func (s *Store) Reads(ctx context.Context, by string, p page.Page) ([]Read, error) {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return s.noteRead(ctx, tx, by, s.keys.Keyed("access record", []byte(by+"|"+readLog)), readLog)
	})
	if err != nil {
		return nil, err
	}
	type row struct {
		Read
		digest string
	}
	rows, err := listing.Rows(ctx, s.db.Pool, "reads", func(r pgx.CollectableRow) (one row, err error) {
		var digest []byte
		err = r.Scan(&one.ID, &one.Person, &digest, &one.Purpose, &one.On)
		one.digest = string(digest)
		return one, err
	}, `SELECT r.record_id, r.person, r.subject_digest, r.purpose, r.read_on FROM access_records r`, readList(), p,
		listing.Where("r.read_on >= %s", day(s.now()).AddDate(0, 0, -readLogDays)))
	if err != nil {
		return nil, err
	}
	known := map[string]map[string]string{}
	reads := make([]Read, len(rows))
	for i, r := range rows {
		if known[r.Person] == nil {
			if known[r.Person], err = s.subjectsOf(ctx, r.Person); err != nil {
				return nil, err
			}
		}
		reads[i] = r.Read
		reads[i].Subject = known[r.Person][r.digest]
	}
	return reads, nil
}

// subjectsOf are whom a person can have read about, by what their records say: nobody
// finds that out who has the database alone.
func (s *Store) subjectsOf(ctx context.Context, person string) (map[string]string, error) {
	subjects := map[string]string{}
	for _, of := range []struct {
		ids     string
		name    resource.Name
		subject func(id string) seal.Subject
	}{
		{`SELECT family_id FROM families`, resource.Family, seal.Family},
		{`SELECT prisoner_id FROM prisoners`, resource.Prisoner, seal.Prisoner},
	} {
		ids, err := postgres.Many(ctx, s.db.Pool, "whom people read about", pgx.RowTo[string], of.ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			subjects[string(s.cover(of.subject(id), person))] = of.name.Of(id)
		}
	}
	return subjects, nil
}
