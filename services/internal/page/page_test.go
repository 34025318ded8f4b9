package page_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

func pager() *page.Pager { return page.New([]byte("a secret of 32 bytes, more or so")) }

func TestATokenContinuesItsRequest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.String(), 1, 4).Draw(t, "keys")
		req := &ledgerv1.ListAccountsRequest{PageSize: 10}
		token := pager().Next(req, keys...)
		// The next request may have another size; everything else is the same.
		got, err := pager().Parse(&ledgerv1.ListAccountsRequest{PageSize: 20, PageToken: token})
		if diff := cmp.Diff(page.Page{Size: 20, After: keys}, got); err != nil || diff != "" {
			t.Errorf("page: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestATokenIsGoodForNothingElse(t *testing.T) {
	t.Parallel()
	token := pager().Next(&ledgerv1.ListAccountsRequest{}, "key")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw { // each byte of it counts
		changed := append([]byte(nil), raw...)
		changed[i] ^= 1
		refused(t, pager(), &ledgerv1.ListAccountsRequest{PageToken: base64.RawURLEncoding.EncodeToString(changed)})
	}
	for _, other := range []string{token + "A", token[1:], "x", "%", token + "=="} {
		refused(t, pager(), &ledgerv1.ListAccountsRequest{PageToken: other})
	}
	refused(t, page.New([]byte("another secret")), &ledgerv1.ListAccountsRequest{PageToken: token})
	if _, err := pager().Parse(&ledgerv1.ListTransactionsRequest{PageToken: token}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("token of another list: %v, want Invalid", err)
	}
}

func TestATokenTellsNothing(t *testing.T) {
	t.Parallel()
	token, again := pager().Next(&ledgerv1.ListAccountsRequest{}, "2026-11-24T09:20:18"), pager().Next(&ledgerv1.ListAccountsRequest{}, "2026-11-24T09:20:18")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || strings.Contains(string(raw), "2026") || token == again {
		t.Errorf("tokens %q and %q can be read or compared: %v", token, again, err)
	}
}

func TestATokenIsBoundToTheFilter(t *testing.T) {
	t.Parallel()
	token := pager().Next(&ledgerv1.ListTransactionsRequest{Filter: "one"}, "key")
	if _, err := pager().Parse(&ledgerv1.ListTransactionsRequest{Filter: "one", PageToken: token}); err != nil {
		t.Errorf("same filter: %v", err)
	}
	if _, err := pager().Parse(&ledgerv1.ListTransactionsRequest{Filter: "two", PageToken: token}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("other filter: %v, want Invalid", err)
	}
}

func refused(t *testing.T, p *page.Pager, req *ledgerv1.ListAccountsRequest) {
	t.Helper()
	_, err := p.Parse(req)
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "pageToken" {
		t.Errorf("token %q: %v, want a violation of pageToken", req.GetPageToken(), err)
	}
}

func TestSizesAreBounded(t *testing.T) {
	t.Parallel()
	for size, want := range map[int32]int{0: page.DefaultSize, 1: 1, 500: 500, 501: page.MaxSize, 1 << 30: page.MaxSize} {
		got, err := pager().Parse(&ledgerv1.ListAccountsRequest{PageSize: size})
		if err != nil || got.Size != want || got.After != nil {
			t.Errorf("size %d: %+v, %v; want %d rows from the start", size, got, err, want)
		}
	}
	_, err := pager().Parse(&ledgerv1.ListAccountsRequest{PageSize: -1})
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "pageSize" {
		t.Errorf("size -1: %v, want a violation of pageSize", err)
	}
}
