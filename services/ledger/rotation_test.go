package ledger_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// After a rotation auditors give the old and the new key; either alone is enough
// only where it has signed.
func TestALogWhoseKeyWasChangedVerifiesWithBothKeys(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t)
	old := l.Signer.VerifierKey()
	fresh, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	l.Signer = fresh
	l.Seal(t)
	dir := t.TempDir()
	if _, err := bundle.Write(t.Context(), l, dir, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys []string
		good bool
	}{
		"both": {[]string{old, fresh.VerifierKey()}, true}, "the other way": {[]string{fresh.VerifierKey(), old}, true},
		"the new one": {[]string{fresh.VerifierKey()}, true}, "the old one": {[]string{old}, false},
	} {
		report, err := ledger.Verify(t.Context(), ledger.VerifyOptions{Dir: dir, Keys: c.keys})
		if err != nil || report.OK() != c.good || report.Signed != c.good {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
		if !c.good && !strings.Contains(words(report), "not signed by any known key") {
			t.Errorf("%s: %s", name, words(report))
		}
	}
}
