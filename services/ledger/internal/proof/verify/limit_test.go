package verify_test

import (
	"net/http/httptest"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

func TestAServerWithManyTilesVerifiesWithinItsLimits(t *testing.T) {
	t.Parallel()
	s := bundletest.Story(t).Gifts(40_000).Seal(t).Serve()
	limited := &bundletest.Limited{Handler: s, Rate: 50, Burst: 200}
	server := httptest.NewServer(limited)
	defer server.Close()
	var done int64
	report, err := verify.Run(t.Context(), verify.Options{
		Source: bundle.HTTP{Prefix: server.URL + "/log", Client: server.Client(), Wait: limited.Wait},
		Keys:   []note.Verifier{s.Key(t)}, TempDir: t.TempDir(), Progress: func(n, _ int64) { done = n },
	})
	if err != nil || !report.OK() || !report.Compared || done != report.Size {
		t.Errorf("%+v, %d done, %v", report, done, err)
	}
	if limited.Refused() == 0 {
		t.Error("nothing was refused")
	}
}
