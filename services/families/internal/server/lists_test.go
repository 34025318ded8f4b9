package server_test

import (
	"context"
	"fmt"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// A page takes as many trips to the database for fifty rows as for one.
func TestAPageOfFiftyTakesNoMoreTripsThanAPageOfOne(t *testing.T) {
	t.Parallel()
	ctx := t.Context()

	// Given sixty families, each of a prisoner of its own, with a request that is due,
	db, keyStore, master := postgrestest.New(t, store.Migrations()), postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	given := newBenchOn(t, db, seal.New(master, keyStore))
	prisoners := given.somePrisoners(60)
	c := given.caseworker(olga)
	for _, p := range prisoners {
		name := given.familyOf(p)
		given.verify(name)
		given.approvedFor(name, 2)
	}
	for range 60 {
		_, err := c.household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: given.oneFamily(), Member: newMember()})
		must(t, err)
	}
	imports, err := c.imports.ListPrisonerImports(ctx, &familiesv1.ListPrisonerImportsRequest{PageSize: 1})
	must(t, err)
	file := imports.GetPrisonerImports()[0].GetName()

	// when lists are read by a process that has no key in memory,
	counted, trips := postgrestest.Counted(t, db)
	countedKeys, keyTrips := postgrestest.Counted(t, keyStore)
	b := newBenchWith(t, counted, seal.New(master, countedKeys), given.ledger)
	c, a, d := b.caseworker(olga), b.verifier(egor), b.disbursements()
	for name, list := range map[string]func(ctx context.Context, size int32) (int, error){
		"families": func(ctx context.Context, size int32) (int, error) {
			resp, err := c.families.ListFamilies(ctx, &familiesv1.ListFamiliesRequest{PageSize: size})
			return len(resp.GetFamilies()), err
		},
		"requests of own cases": func(ctx context.Context, size int32) (int, error) {
			resp, err := c.requests.ListAidRequests(ctx, &familiesv1.ListAidRequestsRequest{PageSize: size})
			return len(resp.GetAidRequests()), err
		},
		"requests of all": func(ctx context.Context, size int32) (int, error) {
			resp, err := a.requests.ListAidRequests(ctx, &familiesv1.ListAidRequestsRequest{PageSize: size, Filter: `state = "APPROVED"`})
			return len(resp.GetAidRequests()), err
		},
		"fundable requests": func(ctx context.Context, size int32) (int, error) {
			resp, err := d.input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{PageSize: size})
			return len(resp.GetFundableRequests()), err
		},
		"prisoners": func(ctx context.Context, size int32) (int, error) {
			resp, err := c.prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{PageSize: size})
			return len(resp.GetPrisoners()), err
		},
		"rows": func(ctx context.Context, size int32) (int, error) {
			resp, err := c.imports.ListRows(ctx, &familiesv1.ListRowsRequest{Parent: file, PageSize: size})
			return len(resp.GetRows()), err
		},
		"members": func(ctx context.Context, size int32) (int, error) {
			resp, err := c.household.ListMembers(ctx, &familiesv1.ListMembersRequest{Parent: given.oneFamily(), PageSize: size})
			return len(resp.GetMembers()), err
		},
	} {
		var taken []int64
		for _, size := range []int32{1, 50} {
			keysBefore := keyTrips.During(func() {
				taken = append(taken, trips.During(func() {
					if n, err := list(ctx, size); err != nil || n != int(size) {
						t.Errorf("%s: %d rows of %d, %v", name, n, size, err)
					}
				}))
			})
			// then the keys of a page come in one trip, beside the look at what was destroyed.
			if keysBefore > 3 {
				t.Errorf("%s: a page of %d asks the key store %d times", name, size, keysBefore)
			}
		}
		if taken[0] != taken[1] || taken[0] > 3 {
			t.Errorf("%s: a page of one takes %d trips, one of fifty %d", name, taken[0], taken[1])
		}
		t.Log(name, taken)
	}
}

// somePrisoners registers a list and returns n of its prisoners.
func (b *bench) somePrisoners(n int32) []string {
	b.t.Helper()
	b.register("spring", madeUp(b.t, int(2*n)))
	page, err := b.caseworker(olga).prisoners.ListPrisoners(b.t.Context(), &familiesv1.ListPrisonersRequest{PageSize: n})
	must(b.t, err)
	var names []string
	for _, p := range page.GetPrisoners() {
		names = append(names, p.GetName())
	}
	if len(names) != int(n) {
		b.t.Fatalf("%d prisoners, want %d", len(names), n)
	}
	return names
}

// oneFamily is the first family that there is.
func (b *bench) oneFamily() string {
	b.t.Helper()
	var id string
	must(b.t, b.db.Pool.QueryRow(context.Background(), `SELECT min(family_id) FROM families`).Scan(&id))
	return "families/" + id
}

// A list takes a state as answers show it, and as people write it.
func TestListsTakeAStateAsTheyShowIt(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	b.approved(1)
	c := b.caseworker(olga)
	for filter, want := range map[string]int{
		`state = "VERIFIED"`: 1, `state = "FAMILY_STATE_VERIFIED"`: 1, `state = "CLOSED"`: 0, `state = "FAMILY_STATE_CLOSED"`: 0,
	} {
		resp, err := c.families.ListFamilies(ctx, &familiesv1.ListFamiliesRequest{Filter: filter})
		if err != nil || len(resp.GetFamilies()) != want {
			t.Errorf("families %s: %v, %v", filter, resp, err)
		}
	}
	for filter, want := range map[string]int{
		`state = "APPROVED"`: 1, `state = "AID_REQUEST_STATE_APPROVED"`: 1, `state = "AID_REQUEST_STATE_REJECTED"`: 0,
	} {
		resp, err := c.requests.ListAidRequests(ctx, &familiesv1.ListAidRequestsRequest{Filter: filter})
		if err != nil || len(resp.GetAidRequests()) != want {
			t.Errorf("requests %s: %v, %v", filter, resp, err)
		}
	}
	short, err := c.prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{Filter: `status = "FORMER"`})
	must(t, err)
	long, err := c.prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{Filter: `status = "PRISONER_STATUS_FORMER"`})
	must(t, err)
	if n := len(short.GetPrisoners()); n == 0 || n != len(long.GetPrisoners()) {
		t.Errorf("%d prisoners by the short name, %d by the shown one", n, len(long.GetPrisoners()))
	}
	for _, wrong := range []string{`state = "verified"`, `state = "FAMILY_STATE_"`, `state = "FAMILY_STATE_UNSPECIFIED"`, `state = "UNSPECIFIED"`, `state = "AID_REQUEST_STATE_APPROVED"`, `state = ""`} {
		_, err := c.families.ListFamilies(ctx, &familiesv1.ListFamiliesRequest{Filter: wrong})
		violates(t, fmt.Sprint("families ", wrong), err, "filter")
	}
}
