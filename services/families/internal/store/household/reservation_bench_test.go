package household_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// BenchmarkRound offers the requests of so many families to a round, which reserves
// them in one page.
func BenchmarkRound(b *testing.B) {
	for _, n := range []int{25, 250} {
		d := newDesk(b)
		var keys []aidrequest.Key
		for range n {
			d.payable()
			keys = append(keys, aidrequest.Key{FamilyID: d.family, RequestID: d.request, Cycle: 1})
		}
		b.Run(fmt.Sprint("offer/", n), func(b *testing.B) {
			for b.Loop() {
				if list, err := d.store.Fundable(b.Context(), page.Page{Size: 500}); err != nil || len(list) != n {
					b.Fatalf("%d are offered, %v", len(list), err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/request")
		})
		number := 0
		b.Run(fmt.Sprint("reserve/", n), func(b *testing.B) {
			for b.Loop() {
				number++
				c := aidrequest.Commit{Round: "allocationRounds/r_1", Number: number}
				if held, err := d.store.Reserve(b.Context(), c, keys); err != nil || len(held) != 0 {
					b.Fatalf("held back %v, %v", held, err)
				}
				if got, err := d.store.Unreserve(b.Context(), c, 500); err != nil || got != n {
					b.Fatalf("%d given back, %v", got, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/request")
		})
	}
}
