package back_test

import (
	"maps"
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
)

func TestOnlyWhatHasNotClearedWaits(t *testing.T) {
	t.Parallel()
	got := back.Waiting([]back.Part{
		{Fund: "food", Minor: 700}, {Fund: "food", Minor: 30, Cleared: true}, {Fund: "food", Minor: 5}, {Fund: "reserve", Minor: 9, Cleared: true, Fee: true},
	})
	if !maps.Equal(got, map[string]int64{"food": 705}) {
		t.Errorf("waiting: %v", got)
	}
}
