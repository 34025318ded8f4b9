package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

const (
	measuredGifts = 600 // paid as fast as donors can
	steadyGifts   = 300 // paid at half of the rate at which those were booked
	donorsAtOnce  = 32
)

// BenchmarkGifts prints how many gifts a second the whole installation takes, from the
// first event of Stripe to the booking, how long that takes at half of the rate, and what
// processor time each process uses for a gift, by which the rate is bound. The
// pages are made before; gateway, donations, ledger, Stripe's stand-in and PostgreSQL share
// the machine.
func BenchmarkGifts(b *testing.B) {
	i := start(b, dataFolder(b))
	var partner struct{ Name, SecretKey string }
	if err := restclient.New(i.state.REST, i.token("olena", "operator")).Post(b.Context(), "/v1/partners", map[string]any{
		"displayName": "Friends", "origins": []string{"https://friends.example"}, "returnUrls": []string{"https://friends.example/"},
	}, &partner); err != nil {
		b.Fatal(err)
	}
	shop := restclient.New(i.state.REST, partner.SecretKey)
	for b.Loop() {
		pages := i.pages(shop, measuredGifts+steadyGifts)
		used, began := i.processorTime(), time.Now()
		i.payAll(pages[:measuredGifts], 0)
		took := i.lags(measuredGifts)
		rate := float64(measuredGifts) / time.Since(began).Seconds()
		fmt.Printf("figure donation.e2e.per_second %.0f gifts\nfigure donation.e2e.behind %.1f seconds\n", rate, took[len(took)-1].Seconds())
		all := time.Duration(0)
		for name, now := range i.processorTime() {
			all += now - used[name]
			fmt.Printf("figure donation.e2e.cpu.%s %.1f ms\n", name, (now-used[name]).Seconds()*1000/measuredGifts)
		}
		fmt.Printf("figure donation.e2e.cpu_ms %.1f ms\nfigure donation.e2e.bound %.0f gifts\n",
			all.Seconds()*1000/measuredGifts, float64(runtime.NumCPU())*measuredGifts/all.Seconds())

		i.payAll(pages[measuredGifts:], time.Duration(2/rate*float64(time.Second)))
		took = i.lags(measuredGifts + steadyGifts)
		slices.Sort(took[measuredGifts:])
		fmt.Printf("figure donation.e2e.p99_ms %d ms\n", took[measuredGifts+steadyGifts*99/100].Milliseconds())
	}
}

// pages makes pledges, and returns where donors pay.
func (i *installation) pages(shop *restclient.Client, n int) []string {
	i.t.Helper()
	pages := make([]string, n)
	i.each(n, func(at int) error {
		var made struct{ CheckoutURL string }
		err := shop.Post(i.t.Context(), "/v1/pledges", map[string]any{
			"amount": map[string]any{"currencyCode": "EUR", "minorUnits": "5000"}, "returnUrl": "https://friends.example/",
			"designations": []any{map[string]any{"fund": "funds/general"}},
		}, &made)
		pages[at] = made.CheckoutURL
		return err
	})
	return pages
}

// payAll lets donors pay on pages, with a pause between the beginnings of two, or at once.
func (i *installation) payAll(pages []string, pause time.Duration) {
	i.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	began := time.Now()
	i.each(len(pages), func(at int) error {
		time.Sleep(time.Until(began.Add(time.Duration(at) * pause)))
		resp, err := browser.Post(pages[at], "application/x-www-form-urlencoded", strings.NewReader(url.Values{"card": {"4242424242424242"}}.Encode()))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther {
			return fmt.Errorf("the page answered %s", resp.Status)
		}
		return nil
	})
}

// each does something for each of n, for some at a time, in order.
func (i *installation) each(n int, do func(at int) error) {
	i.t.Helper()
	todo := make(chan int)
	var all sync.WaitGroup
	for range donorsAtOnce {
		all.Go(func() {
			for at := range todo {
				if err := do(at); err != nil {
					i.t.Error(err)
				}
			}
		})
	}
	for at := range n {
		todo <- at
	}
	close(todo)
	all.Wait()
}

// lags waits until so many gifts are booked, and returns how long each took from its first
// event, in the order of these.
func (i *installation) lags(gifts int) []time.Duration {
	i.t.Helper()
	conn := i.connect("solidarity", "donations")
	defer conn.Close(context.Background())
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		rows, err := conn.Query(context.Background(), `SELECT extract(epoch FROM d.posted_at - e.first)::float8 FROM donations AS d
			JOIN (SELECT payment_id, min(received_at) AS first FROM stripe_events GROUP BY payment_id) AS e ON e.payment_id = d.intent_id
			WHERE d.posted_at IS NOT NULL ORDER BY e.first`)
		if err != nil {
			i.t.Fatal(err)
		}
		took, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (time.Duration, error) {
			var seconds float64
			err := row.Scan(&seconds)
			return time.Duration(seconds * float64(time.Second)), err
		})
		if err != nil || time.Now().After(deadline) {
			i.t.Fatalf("%d gifts are booked, %v", len(took), err)
		}
		if len(took) >= gifts {
			return took
		}
	}
}

// processorTime is what each process of the installation has used, PostgreSQL's as one.
func (i *installation) processorTime() map[string]time.Duration {
	i.t.Helper()
	used := map[string]time.Duration{}
	files, err := filepath.Glob(filepath.Join(i.layout.Run(), "*.pid"))
	if err != nil {
		i.t.Fatal(err)
	}
	for _, file := range files {
		if pid, err := os.ReadFile(file); err == nil {
			_, used[strings.TrimSuffix(filepath.Base(file), ".pid")] = usedBy(strings.TrimSpace(string(pid)))
		}
	}
	postmaster, err := os.ReadFile(filepath.Join(i.layout.Postgres(), "data", "postmaster.pid"))
	if err != nil {
		i.t.Fatal(err)
	}
	parent, _, _ := strings.Cut(string(postmaster), "\n")
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		i.t.Fatal(err)
	}
	for _, process := range processes {
		if of, time := usedBy(filepath.Base(process)); of == parent {
			used["postgres"] += time
		}
	}
	return used
}

// usedBy is the parent of a process, and the processor time that it has used, in the ticks
// of Linux, a hundred a second.
func usedBy(pid string) (parent string, used time.Duration) {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return "", 0 // it has ended
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return "", 0
	}
	for _, ticks := range fields[11:13] {
		n, err := strconv.ParseInt(ticks, 10, 64)
		if err != nil {
			return "", 0
		}
		used += time.Duration(n) * 10 * time.Millisecond
	}
	return fields[1], used
}
