package server_test

import (
	"fmt"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
)

// BenchmarkRound simulates and commits rounds, with families and a ledger in memory: it
// says what a request takes of the service and its database, by the size of the round.
func BenchmarkRound(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				simulated, committed := timedRound(b, n)
				b.ReportMetric(float64(simulated.Microseconds())/float64(n), "simulate-µs/request")
				b.ReportMetric(float64(committed.Microseconds())/float64(n), "commit-µs/request")
			}
		})
	}
}

// timedRound says how long the two steps of a round of n requests take.
func timedRound(t testing.TB, n int) (simulated, committed time.Duration) {
	b := newBench(t)
	for i := range n {
		b.families.need(i+1, int64(5_000+i%7*1_000))
	}
	budget := int64(n) * 6_000
	b.ledger.SetAvailable("general", budget)
	name := b.open(budget)
	start := time.Now()
	b.simulate(name)
	simulated, start = time.Since(start), time.Now()
	r, err := b.commit(name)
	if err != nil {
		t.Fatal(err)
	}
	if r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_COMMITTED {
		b.drain()
	}
	committed = time.Since(start)
	if got := b.ledger.Sum("round:"); got != 0 || b.ledger.Sum("award:") == 0 {
		t.Fatalf("the round holds %d, awards %d", got, b.ledger.Sum("award:"))
	}
	return simulated, committed
}
