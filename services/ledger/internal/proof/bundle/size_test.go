package bundle_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// A server may claim any size: its files are not listed one by one before any of
// them was seen.
func TestALogTooLargeForABundleIsNotExported(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Seal(t)
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: bundletest.Origin, Size: 1 << 62}, l.Signer)
	if err != nil {
		t.Fatal(err)
	}
	l.SetCheckpoint(signed)
	if _, err := bundle.Write(t.Context(), l, t.TempDir(), nil); err == nil {
		t.Error("it was exported")
	}
}
