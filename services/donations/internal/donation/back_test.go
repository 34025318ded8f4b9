package donation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
)

func TestAGiftGoesBackOutOfWhatItWentInto(t *testing.T) {
	t.Parallel()
	// given 50.00 for food of which 1.00 went to the reserve, 0.50 to running costs, and
	// 0.75 was the fee; a tip of 5.00
	parts := []donation.Part{
		{Fund: "food", Amount: 5000, Reserve: 100, Operations: 50, Fee: 75},
		{Amount: 500, Operations: 500, Fee: 8},
	}
	for name, c := range map[string]struct {
		left  []int64
		minor int64
		want  []back.Part
		gone  []int64
	}{
		"all, before it clears": {[]int64{4775, 0}, 5500, []back.Part{
			{Fund: "food", Minor: 4775}, {Fund: "food", Minor: 75, Cleared: true},
			{Fund: "reserve", Minor: 100, Cleared: true}, {Fund: "operations", Minor: 550, Cleared: true},
		}, []int64{4775, 0}},
		"all, after it cleared": {[]int64{0, 0}, 5500, []back.Part{
			{Fund: "food", Minor: 4850, Cleared: true},
			{Fund: "reserve", Minor: 100, Cleared: true}, {Fund: "operations", Minor: 550, Cleared: true},
		}, []int64{0, 0}},
		"half": {[]int64{4775, 0}, 2750, []back.Part{
			{Fund: "food", Minor: 2425}, {Fund: "reserve", Minor: 50, Cleared: true}, {Fund: "operations", Minor: 275, Cleared: true},
		}, []int64{2425, 0}},
		"the other half": {[]int64{2350, 0}, 2750, []back.Part{
			{Fund: "food", Minor: 2350}, {Fund: "food", Minor: 75, Cleared: true},
			{Fund: "reserve", Minor: 50, Cleared: true}, {Fund: "operations", Minor: 275, Cleared: true},
		}, []int64{2350, 0}},
	} {
		got, gone, err := donation.GoesBack(parts, c.left, c.minor)
		if diff := cmp.Diff(c.want, got) + cmp.Diff(c.gone, gone); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// Whatever goes back adds up, and never takes more of what waits than there is.
func TestWhatGoesBackAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var parts []donation.Part
		var left []int64
		for i := range rapid.IntRange(1, 4).Draw(t, "parts") {
			p := donation.Part{Fund: []string{"general", "food", "legal", ""}[i], Amount: rapid.Int64Range(1, 100_000).Draw(t, "amount")}
			p.Reserve = rapid.Int64Range(0, p.Amount/10).Draw(t, "reserve")
			p.Operations = rapid.Int64Range(0, p.Amount/10).Draw(t, "operations")
			if p.Fund == "" {
				p.Reserve, p.Operations = 0, p.Amount
			}
			parts, left = append(parts, p), append(left, rapid.Int64Range(0, p.Clears()).Draw(t, "left"))
		}
		minor := rapid.Int64Range(1, 500_000).Draw(t, "minor")
		list, gone, err := donation.GoesBack(parts, left, minor)
		if err != nil {
			t.Fatal(err)
		}
		sum, waiting := int64(0), int64(0)
		for _, b := range list {
			if sum += b.Minor; !b.Cleared {
				waiting += b.Minor
			}
		}
		for i := range gone {
			if waiting -= gone[i]; gone[i] < 0 || gone[i] > left[i] {
				t.Fatalf("%d of %d", gone[i], left[i])
			}
		}
		if sum != minor || waiting != 0 {
			t.Fatalf("%d of %d, %d unaccounted for", sum, minor, waiting)
		}
	})
}
