package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// award writes an award of a source.
func (d *desk) award(fund string, source round.Source) (string, error) {
	id := resource.NewID(resource.KindAward)
	_, err := d.db.Pool.Exec(context.Background(), `
		INSERT INTO awards (id, state, round_id, emergency_grant_id, emergency_approvers, fund, currency, minor_units, aid_request, family, cycle, part, filled, created_at, version, mac)
		VALUES ($1, 'AVAILABLE', NULLIF($2, ''), NULLIF($3, ''), CASE WHEN $3 <> '' THEN '{staff/s_1,staff/s_2}'::text[] END, $4, 'EUR', 30000, $5, 'families/f_9', 1, 1, true, now(), 1, sha256('x'))`,
		id, source.RoundID, source.GrantID, fund, "families/f_9/aidRequests/"+id)
	if err == nil {
		err = d.store.Resign(context.Background(), id)
	}
	return id, err
}

func TestAnAwardIsOfARoundOrOfAnEmergencyGrant(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	roundID := d.committed(allocation(1, 10_000))
	grant := round.Source{GrantID: resource.NewID(resource.KindEmergencyGrant)}
	id, err := d.award("funds/emergency", grant)
	d.done("award of a grant", err)
	// Each source lists its own awards, both together list all;
	for _, test := range []struct {
		of   round.Source
		want int
	}{{round.Source{RoundID: roundID}, 1}, {grant, 1}, {round.Source{}, 2}, {round.Source{GrantID: "e_none"}, 0}} {
		list, err := d.store.Awards(ctx, test.of, nil, page.Page{Size: 10})
		if err != nil || len(list) != test.want {
			t.Errorf("awards of %+v: %+v, %v", test.of, list, err)
		}
	}
	// of some funds those alone, and a page of one finds them;
	if list, err := d.store.Awards(ctx, round.Source{}, []string{"funds/general"}, page.Page{Size: 1}); err != nil || len(list) != 1 || list[0].Fund != "funds/general" {
		t.Errorf("awards of a fund: %+v, %v", list, err)
	}
	a, err := d.store.Award(ctx, id)
	if err != nil || a.Source != grant || a.Name() != "emergencyGrants/"+grant.GrantID {
		t.Errorf("award %+v, %v", a, err)
	}
	// a plan of the round does not pay the grant's,
	if p := d.plan(d.planned(roundID)); p.Total != 10_000 {
		t.Errorf("plan %+v", p)
	}
	// and whoever gives it back tells of the grant.
	d.done("cancel", d.store.CancelAward(ctx, id))
	if c, err := d.store.Cancelled(ctx, id); err != nil || c.Source != grant || c.Fund != "funds/emergency" {
		t.Errorf("cancelled %+v, %v", c, err)
	}
}

func TestAnAwardHasOneSourceAndAGrantOneAward(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	roundID, grant := d.committed(allocation(1, 10_000)), resource.NewID(resource.KindEmergencyGrant)
	_, err := d.award("funds/emergency", round.Source{GrantID: grant})
	d.done("award of a grant", err)
	another := func() round.Source { return round.Source{GrantID: resource.NewID(resource.KindEmergencyGrant)} }
	both := another()
	both.RoundID = roundID
	for _, test := range []struct {
		constraint, fund string
		source           round.Source
	}{
		{"awards_one_source", "funds/emergency", round.Source{}},
		{"awards_one_source", "funds/emergency", both},
		{"awards_emergency_fund", "funds/general", another()},
		{"awards_emergency_grant", "funds/emergency", round.Source{GrantID: grant}},
		{"awards_emergency_grant_id_check", "funds/emergency", round.Source{GrantID: "r_1"}},
		{"awards_round_id_fkey", "funds/general", round.Source{RoundID: "r_none"}},
	} {
		var refusal *pgconn.PgError
		if _, err := d.award(test.fund, test.source); !errors.As(err, &refusal) || refusal.ConstraintName != test.constraint {
			t.Errorf("%+v: %v, want a breach of %s", test.source, err, test.constraint)
		}
	}
}
