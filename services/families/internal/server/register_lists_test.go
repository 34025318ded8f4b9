package server_test

import (
	"slices"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
)

func TestPrisonersAreFilteredAndOrdered(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	b.register("spring", madeUp(t, 40))
	c := b.caseworker(olga)
	list := func(filter, order string) (names []string) {
		t.Helper()
		for token := ""; ; {
			resp, err := c.prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{PageSize: 7, Filter: filter, OrderBy: order, PageToken: token})
			must(t, err)
			for _, p := range resp.GetPrisoners() {
				names = append(names, p.GetName())
			}
			if token = resp.GetNextPageToken(); token == "" {
				return names
			}
		}
	}
	all, active := list("", ""), list(`status = "ACTIVE"`, "")
	if len(all) == 0 || len(active) == 0 || len(active) == len(all) {
		t.Fatalf("%d of %d are active", len(active), len(all))
	}
	for filter, want := range map[string]int{
		`NOT status = "ACTIVE"`: len(all) - len(active), `status != "ACTIVE"`: len(all) - len(active), `status = "ACTIVE" OR status != "ACTIVE"`: len(all),
		`create_time > timestamp("2020-01-01T00:00:00Z")`: len(all), `create_time < timestamp("2020-01-01T00:00:00Z")`: 0,
		`source_list = "spring" AND status = "ACTIVE"`: len(active), `source_list != "spring"`: 0, `source_list = "autumn"`: 0, `source_id = "none"`: 0,
	} {
		if found := list(filter, ""); len(found) != want {
			t.Errorf("%s: %d, want %d", filter, len(found), want)
		}
	}
	down := list("", "name desc")
	slices.Reverse(down)
	if up := list("", "name"); !slices.Equal(up, down) || !slices.IsSorted(up) || len(up) != len(all) {
		t.Errorf("up %v, down %v", up, down)
	}
	for field, req := range map[string]*familiesv1.ListPrisonersRequest{
		"filter": {Filter: `name = "x"`}, "orderBy": {OrderBy: "status"}, "pageSize": {PageSize: -1}, "pageToken": {PageToken: "x"},
	} {
		_, err := c.prisoners.ListPrisoners(ctx, req)
		violates(t, field, err, field)
	}
	_, err := c.prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{Filter: `source_id > "1"`})
	violates(t, "an order of ids", err, "filter")
}

func TestRowsAndClashesAreListedAcrossImports(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c := b.caseworker(pavel)
	one, two := b.imported("spring"), b.imported("autumn")
	rows := func(parent, filter string, size int32) (names []string) {
		t.Helper()
		for token := ""; ; {
			resp, err := c.imports.ListRows(ctx, &familiesv1.ListRowsRequest{Parent: parent, Filter: filter, PageSize: size, PageToken: token})
			must(t, err)
			for _, r := range resp.GetRows() {
				names = append(names, r.GetName())
			}
			if token = resp.GetNextPageToken(); token == "" {
				return names
			}
		}
	}
	clashes := func(parent, filter string, size int32) (names []string) {
		t.Helper()
		for token := ""; ; {
			resp, err := c.imports.ListClashes(ctx, &familiesv1.ListClashesRequest{Parent: parent, Filter: filter, PageSize: size, PageToken: token})
			must(t, err)
			for _, x := range resp.GetClashes() {
				names = append(names, x.GetName())
			}
			if token = resp.GetNextPageToken(); token == "" {
				return names
			}
		}
	}
	const all = "prisonerImports/-"
	for _, filter := range []string{"", "held_back = true", `status = "ACTIVE"`, `change = "NEW" AND held_back = false`} {
		want := append(rows(one, filter, 500), rows(two, filter, 500)...)
		found := rows(all, filter, 9)
		slices.Sort(want)
		slices.Sort(found)
		if len(want) == 0 || !slices.Equal(found, want) {
			t.Errorf("rows by %q: %d found, %d are there", filter, len(found), len(want))
		}
	}
	want := append(clashes(one, "", 500), clashes(two, "", 500)...)
	found := clashes(all, "", 1)
	slices.Sort(want)
	slices.Sort(found)
	if !slices.Equal(found, want) {
		t.Errorf("clashes: %v, want %v", found, want)
	}
	kinds := 0
	for kind := range familiesv1.PrisonerImportClashKind_name {
		if kind != 0 {
			kinds += len(clashes(all, `kind = "`+familiesv1.PrisonerImportClashKind(kind).String()+`"`, 50))
		}
	}
	if kinds != len(want) {
		t.Errorf("%d clashes by kind, %d are there", kinds, len(want))
	}
	for field, err := range map[string]error{
		"filter":  second(c.imports.ListClashes(ctx, &familiesv1.ListClashesRequest{Parent: all, Filter: `kind = "NONE"`})),
		"orderBy": second(c.imports.ListClashes(ctx, &familiesv1.ListClashesRequest{Parent: all, OrderBy: "kind"})),
		"parent":  second(c.imports.ListRows(ctx, &familiesv1.ListRowsRequest{Parent: "prisoners/-"})),
	} {
		violates(t, field, err, field)
	}
	_, err := c.imports.ListRows(ctx, &familiesv1.ListRowsRequest{Parent: "prisonerImports/i_none"})
	refused(t, "rows of no import", err, "NOT_FOUND")
	_, err = c.imports.ListRows(ctx, &familiesv1.ListRowsRequest{Parent: all, Filter: `change > "NEW"`})
	violates(t, "an order of changes", err, "filter")
}

// second is the error of a call.
func second[T any](_ T, err error) error { return err }

func TestImportsAndConsentsAreListedByWhatIsAllowed(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	// Given an import that waits for another person,
	b.family()
	b.imported("autumn")
	imports := func(who clients) int {
		resp, err := who.imports.ListPrisonerImports(ctx, &familiesv1.ListPrisonerImportsRequest{Filter: `allowed_to_me = true AND state = "STAGED"`})
		must(t, err)
		return len(resp.GetPrisonerImports())
	}
	// then it is offered to who may merge it, and not to who brought it.
	if mine, others := imports(b.verifier(egor)), imports(b.verifier(pavel)); mine != 1 || others != 0 {
		t.Errorf("offered to another: %d, to its importer: %d", mine, others)
	}
	consents := func(who clients, filter string) int {
		resp, err := who.household.ListConsents(ctx, &familiesv1.ListConsentsRequest{Parent: "families/-", Filter: filter})
		must(t, err)
		return len(resp.GetConsents())
	}
	c := b.caseworker(olga)
	if n := consents(c, "allowed_to_me = true"); n != 1 {
		t.Errorf("%d consents can be withdrawn", n)
	}
	list, err := c.household.ListConsents(ctx, &familiesv1.ListConsentsRequest{Parent: "families/-"})
	must(t, err)
	_, err = c.household.WithdrawConsent(ctx, &familiesv1.WithdrawConsentRequest{Name: list.GetConsents()[0].GetName()})
	must(t, err)
	if open, gone := consents(c, "allowed_to_me = true"), consents(c, `state = "WITHDRAWN"`); open != 0 || gone != 1 {
		t.Errorf("then %d can be withdrawn, %d are", open, gone)
	}
}
