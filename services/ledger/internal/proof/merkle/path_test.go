package merkle_test

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

func TestPathsOfTilesAreThoseOfC2SP(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]merkle.Ref{
		"tile/0/000":                    {Width: 256},
		"tile/0/x001/x234/067":          {Index: 1234067, Width: 256},
		"tile/2/001.p/17":               {Level: 2, Index: 1, Width: 17},
		"tile/entries/x001/000.p/255":   {Entries: true, Index: 1000, Width: 255},
		"tile/entries/999":              {Entries: true, Index: 999, Width: 256},
		"tile/7/x999/x999/x999/999.p/1": {Level: 7, Index: 999999999999, Width: 1},
	} {
		got, err := merkle.ParsePath(path)
		if err != nil || got != want || got.Path() != path {
			t.Errorf("%s: %+v, %v, written %s", path, got, err, got.Path())
		}
	}
	for _, path := range []string{
		"", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/0000", "tile/8/000", "tile/-1/000", "tile/00/000",
		"tile/0/x000/000", "tile/0/001/000", "tile/0/x1/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01",
		"tile/0/000.p/", "tile/entries", "tile/data/000", "tile/0/../000", "/tile/0/000", "tile/0/000/", "tile/0/+01",
		"tile/0/x999/x999/x999/x999/x999/x999/x999/999",
	} {
		if got, err := merkle.ParsePath(path); err == nil {
			t.Errorf("%q was read as %+v", path, got)
		}
	}
}

func TestALogHasExactlyItsTiles(t *testing.T) {
	t.Parallel()
	// the example of the C2SP document
	var entries, zero, one, two []int
	for r := range merkle.Refs(70_000) {
		switch {
		case r.Entries:
			entries = append(entries, r.Width)
		case r.Level == 0:
			zero = append(zero, r.Width)
		case r.Level == 1:
			one = append(one, r.Width)
		default:
			two = append(two, r.Width)
		}
		if !r.Exists(70_000) {
			t.Errorf("%s does not exist", r.Path())
		}
	}
	if len(zero) != 274 || zero[273] != 112 || !slices.Equal(one, []int{256, 17}) || !slices.Equal(two, []int{1}) || !slices.Equal(entries, zero) {
		t.Errorf("%d tiles, %v, %v", len(zero), one, two)
	}
	for _, path := range []string{"tile/0/273", "tile/0/273.p/111", "tile/0/274.p/1", "tile/0/000.p/5", "tile/3/000.p/1", "tile/entries/274"} {
		if r, err := merkle.ParsePath(path); err != nil || r.Exists(70_000) {
			t.Errorf("%s exists, %v", path, err)
		}
	}
	for range merkle.Refs(0) {
		t.Error("an empty log has a tile")
	}
}

func TestEntryBundlesAreTakenApartAsTheyWerePut(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leaves := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 0, 10).Draw(t, "leaves")
		var content []byte
		for _, l := range leaves {
			content = merkle.AppendEntry(content, l)
		}
		got, err := merkle.Entries(content)
		if err != nil || len(got) != len(leaves) {
			t.Fatalf("%d leaves, %v", len(got), err)
		}
		for i := range got {
			if !bytes.Equal(got[i], leaves[i]) {
				t.Fatalf("leaf %d is another", i)
			}
		}
		if len(content) > 0 {
			if _, err := merkle.Entries(content[:len(content)-1]); err == nil {
				t.Fatal("a cut off bundle was accepted")
			}
		}
	})
}
