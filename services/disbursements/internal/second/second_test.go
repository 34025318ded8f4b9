package second

import (
	"testing"
	"time"
)

func TestAFetcherIsTheSecondPersonOnlyWhereNobodyElseCame(t *testing.T) {
	t.Parallel()
	taken := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	after := func(days int) time.Time { return taken.AddDate(0, 0, days) }
	for name, test := range map[string]struct {
		hands  Hands
		person string
		now    time.Time
		bars   bool
	}{
		"somebody else at once":                       {Hands{"a", []string{"f"}, taken}, "b", after(0), false},
		"the fetcher at once":                         {Hands{"a", []string{"f"}, taken}, "f", after(2), true},
		"the fetcher on the third day":                {Hands{"a", []string{"f"}, taken}, "f", after(3), false},
		"one fetcher after another":                   {Hands{"f", []string{"f", "g"}, taken}, "g", after(9), true},
		"somebody who did not fetch, after a fetcher": {Hands{"f", []string{"f", "g"}, taken}, "b", after(0), false},
	} {
		if got := test.hands.Bars(test.person, test.now); got != test.bars {
			t.Errorf("%s: barred %t", name, got)
		}
	}
}
