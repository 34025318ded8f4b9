package page_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

func TestPagesTogetherAreTheWholeList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		count, size := rapid.Int64Range(0, 20).Draw(t, "rows"), rapid.Int32Range(1, 7).Draw(t, "size")
		fetch := func(p page.Page) (rows []int64, err error) {
			last, err := p.Numbers(0)
			if err != nil {
				return nil, err
			}
			for n := last[0] + 1; n <= count && len(rows) < p.Limit(); n++ {
				rows = append(rows, n)
			}
			return rows, nil
		}
		req := &ledgerv1.ListAccountsRequest{PageSize: size}
		var want, got []int64
		for n := int64(1); n <= count; n++ {
			want = append(want, n)
		}
		for {
			rows, next, err := page.List(pager(), req, fetch, func(n int64) []string { return page.Numbered(n) })
			if err != nil || len(rows) > int(size) || next != "" && len(rows) < int(size) {
				t.Fatalf("page of %d rows, next %q, %v; want %d rows", len(rows), next, err, size)
			}
			got = append(got, rows...)
			if req.PageToken = next; next == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestAListThatCannotBeReadHasNoPage(t *testing.T) {
	t.Parallel()
	missing := fault.Missing("list")
	_, _, err := page.List(pager(), &ledgerv1.ListAccountsRequest{},
		func(page.Page) ([]int, error) { return nil, missing }, func(int) []string { return nil })
	if !fault.OfKind(err, fault.NotFound) {
		t.Errorf("list: %v, want what fetch says", err)
	}
	_, _, err = page.List(pager(), &ledgerv1.ListAccountsRequest{PageSize: -1},
		func(page.Page) ([]int, error) { t.Error("rows are read for a bad request"); return nil, nil }, func(int) []string { return nil })
	if !fault.OfKind(err, fault.Invalid) {
		t.Errorf("list: %v, want Invalid", err)
	}
}

func TestAPositionIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 9, 20, 18, 123456000, time.UTC)
	p := page.Page{After: page.At(at.In(time.FixedZone("", 3600)), "id")}
	for _, read := range []func() (time.Time, string, error){p.OldestFirst, p.NewestFirst} {
		if got, id, err := read(); !got.Equal(at) || id != "id" || err != nil {
			t.Errorf("position %v, %q, %v", got, id, err)
		}
	}
	numbers, err := page.Page{After: page.Numbered(7, -1)}.Numbers(0, 0)
	if diff := cmp.Diff([]int64{7, -1}, numbers); err != nil || diff != "" {
		t.Errorf("numbers: %v (-want +got):\n%s", err, diff)
	}
}

func TestTheFirstPageStartsBeforeAllRows(t *testing.T) {
	t.Parallel()
	row, p := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), page.Page{}
	oldest, _, err := p.OldestFirst()
	if err != nil || !oldest.Before(row) {
		t.Errorf("oldest first starts at %v: %v", oldest, err)
	}
	newest, _, err := p.NewestFirst()
	if err != nil || !newest.After(row) {
		t.Errorf("newest first starts at %v: %v", newest, err)
	}
	keys, err := p.Keys(2)
	if diff := cmp.Diff([]string{"", ""}, keys); err != nil || diff != "" {
		t.Errorf("keys: %v (-want +got):\n%s", err, diff)
	}
}

func TestAPositionOfAnotherListIsRefused(t *testing.T) {
	t.Parallel()
	for _, after := range [][]string{{"x"}, {"x", "y"}, {"x", "y", "z"}} {
		p := page.Page{After: after}
		_, _, timeErr := p.NewestFirst()
		_, numberErr := p.Numbers(0, 0)
		_, keyErr := p.Keys(4)
		for _, err := range []error{timeErr, numberErr, keyErr} {
			if f := fault.As(err); f == nil || f.Violations[0].Field != "pageToken" {
				t.Errorf("position %q: %v, want a violation of pageToken", after, err)
			}
		}
	}
}
