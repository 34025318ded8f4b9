package seal_test

import (
	"crypto/sha256"
	"slices"
	"sync"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

func TestTheHighestVersionOfARowIsKept(t *testing.T) {
	t.Parallel()
	heads := seal.NewHeads(postgrestest.New(t, seal.KeyStoreMigrations()))
	digest := func(s string) []byte { d := sha256.Sum256([]byte(s)); return d[:] }
	a, b, c := digest("a"), digest("b"), digest("c")
	for _, step := range []struct {
		rows           [][]byte
		versions, want []int64
	}{
		{[][]byte{a}, []int64{0}, []int64{0}}, // nothing is known, and nothing noted
		{[][]byte{a, b}, []int64{1, 7}, []int64{1, 7}},
		{[][]byte{b, a}, []int64{6, 2}, []int64{7, 2}},
		{[][]byte{a}, []int64{1}, []int64{2}},
		{[][]byte{c, b, a}, []int64{0, 0, 0}, []int64{0, 7, 2}},
	} {
		if got, err := heads.Raise(t.Context(), step.rows, step.versions); err != nil || !slices.Equal(got, step.want) {
			t.Errorf("%v: %v, %v; want %v", step.versions, got, err, step.want)
		}
	}
	// Many at once lose nothing.
	var all sync.WaitGroup
	for v := range int64(20) {
		all.Go(func() {
			if _, err := heads.Raise(t.Context(), [][]byte{c, a}, []int64{v + 1, 1}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := heads.Raise(t.Context(), [][]byte{c}, []int64{1}); err != nil || got[0] != 20 {
		t.Errorf("after all: %v, %v", got, err)
	}
}
