package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const (
	callers  = 256
	many     = 50
	rounds   = 3
	measured = 6 * time.Second
)

// BenchmarkPost measures posting against both baselines, in turns, so that what
// else the machine does hits all of them.
func BenchmarkPost(b *testing.B) {
	s := start(b)
	base := newBaseline(b, s)
	load := &load{clients: s.connect(b, 4), today: time.Now().UTC().Format(time.DateOnly)}
	load.run(b, callers, 1, 2*time.Second, 0) // warm up
	// The quiet half comes before the baselines, whose tables are vacuumed for a
	// while after them: that would be measured as ours.
	rate := load.run(b, callers, 1, measured, 0).perSecond
	half := load.run(b, callers, 1, measured, rate/2)
	base.naive(b, time.Second)
	base.bulk(b, time.Second)

	var naive, bulk, single, batched []float64
	for range rounds {
		naive = append(naive, base.naive(b, measured))
		single = append(single, load.run(b, callers, 1, measured, 0).perSecond)
		bulk = append(bulk, base.bulk(b, measured))
		batched = append(batched, load.run(b, callers, many, measured, 0).perSecond)
	}

	figure("ledger.post.naive", median(naive), "transfers/s")
	figure("ledger.post.bulk", median(bulk), "transfers/s")
	figure("ledger.post", median(single), "calls/s")
	figure("ledger.post_many", median(batched), "transactions/s")
	figure("ledger.post.vs_naive", median(single)/median(naive), "ratio")
	figure("ledger.post.vs_bulk", median(single)/median(bulk), "ratio")
	figure("ledger.post_many.vs_naive", median(batched)/median(naive), "ratio")
	figure("ledger.post.p99_ms", half.p99.Seconds()*1000, "ms")
}

// load posts gifts to one fund from many callers.
type load struct {
	clients []ledgerv1.PostingServiceClient
	today   string
}

// result is what a run has come to.
type result struct {
	perSecond float64 // transactions
	p99       time.Duration
}

// run posts for a while with each transactions a call. rate bounds the calls a
// second of all callers together, 0 does not.
func (l *load) run(b *testing.B, callers, each int, d time.Duration, rate float64) result {
	b.Helper()
	var posted atomic.Int64
	latencies := make([][]time.Duration, callers)
	begin := time.Now()
	end := begin.Add(d)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			client := l.clients[i%len(l.clients)]
			next := begin
			if rate > 0 { // spread the callers over their first interval
				next = begin.Add(time.Duration(float64(i) / rate * float64(time.Second)))
			}
			for {
				if rate > 0 {
					time.Sleep(time.Until(next))
					next = next.Add(time.Duration(float64(callers) / rate * float64(time.Second)))
				}
				at := time.Now()
				if !at.Before(end) {
					return
				}
				if _, err := client.Post(context.Background(), l.request(each)); err != nil {
					b.Errorf("post: %v", err)
					return
				}
				latencies[i] = append(latencies[i], time.Since(at))
				posted.Add(int64(each))
			}
		})
	}
	wg.Wait()
	all := slices.Concat(latencies...)
	if len(all) == 0 {
		b.Fatal("nothing was posted")
	}
	slices.Sort(all)
	return result{float64(posted.Load()) / time.Since(begin).Seconds(), all[len(all)*99/100]}
}

// request makes a call as donations does: random references, one fund credited,
// one of many accounts debited.
func (l *load) request(n int) *ledgerv1.PostRequest {
	drafts := make([]*ledgerv1.TransactionDraft, n)
	for i := range drafts {
		id := resource.NewID(resource.KindDonation)
		drafts[i] = postingtest.Gift("donation/"+id, 100)
		drafts[i].Source, drafts[i].OccurredOn = "donations/"+id, l.today
		drafts[i].Entries[0].Account = fmt.Sprintf("asset:cash:h%d", rand.IntN(otherAccounts))
	}
	return &ledgerv1.PostRequest{Transactions: drafts}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
