package stripefake_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

var hooksOff = stripefake.Webhooks{}

func TestAnIdempotencyKeyHasOneEffect(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	ids := make([]string, 16)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			p := checkout("eur", 5000)
			p.SetIdempotencyKey("one")
			if s, err := b.api.CheckoutSessions.New(p); err == nil {
				ids[i] = s.ID
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("sessions %v", ids)
		}
	}
	p := checkout("eur", 5001)
	p.SetIdempotencyKey("one")
	_, err := b.api.CheckoutSessions.New(p)
	var failure *stripe.Error
	if !errors.As(err, &failure) || failure.Type != stripe.ErrorTypeIdempotency || failure.HTTPStatusCode != 400 {
		t.Fatalf("other parameters: %v", err)
	}
}

func TestAnIdempotencyKeyIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	p := checkout("eur", 5000)
	p.SetIdempotencyKey("day")
	first, err := b.api.CheckoutSessions.New(p)
	if err != nil {
		t.Fatal(err)
	}
	b.pass(24 * time.Hour)
	second, err := b.api.CheckoutSessions.New(p)
	if err != nil || second.ID == first.ID {
		t.Fatalf("%v, %v", second, err)
	}
}

func TestOldKeysAndEventsAreForgottenOnDiskToo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir, hooksOff)
	b.pass(-40 * day)
	for _, key := range []string{"FIRST", "SECOND"} {
		p := checkout("eur", 5000)
		p.SetIdempotencyKey(key)
		if _, err := b.api.CheckoutSessions.New(p); err != nil {
			t.Fatal(err)
		}
		b.paid(t, 5000)
		b.pass(31 * day)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	kept := start(t, dir, hooksOff)
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	if state := readState(t, dir); strings.Contains(state, "FIRST") || strings.Count(state, `"type":"charge.succeeded"`) != 1 {
		t.Error("the state holds an old key, or old events")
	}
}

func TestAFailedEffectIsRememberedForItsKey(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	if err := b.Disrupt(stripefake.Disruption{Match: "POST /v1/checkout", Effect: stripefake.Error500}); err != nil {
		t.Fatal(err)
	}
	p := checkout("eur", 5000)
	p.SetIdempotencyKey("broken")
	for range 2 {
		if _, err := b.api.CheckoutSessions.New(p); err == nil {
			t.Fatal("a failure was not kept")
		}
	}
	p.SetIdempotencyKey("new")
	if _, err := b.api.CheckoutSessions.New(p); err != nil {
		t.Fatal(err)
	}
}

func TestListsArePagedNewestFirst(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	var want []string
	for i := range 25 {
		want = append([]string{b.session(t, 5000+int64(i)).ID}, want...)
	}
	p := &stripe.CheckoutSessionListParams{}
	p.Limit = stripe.Int64(10)
	var got []string
	for list := b.api.CheckoutSessions.List(p); list.Next(); {
		got = append(got, list.CheckoutSession().ID)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %d of %d sessions", len(got), len(want))
	}
	back := &stripe.CheckoutSessionListParams{}
	back.EndingBefore, back.Single = stripe.String(want[3]), true
	var newer int
	for list := b.api.CheckoutSessions.List(back); list.Next(); {
		newer++
	}
	if newer != 3 {
		t.Errorf("%d sessions before the fourth", newer)
	}
	var forward []string // from the oldest but one to the newest, page by page
	next := &stripe.CheckoutSessionListParams{}
	next.EndingBefore, next.Limit = stripe.String(want[24]), stripe.Int64(10)
	for list := b.api.CheckoutSessions.List(next); list.Next(); {
		forward = append([]string{list.CheckoutSession().ID}, forward...)
	}
	if fmt.Sprint(forward) != fmt.Sprint(want[:24]) {
		t.Errorf("got %d of 24 sessions before the last", len(forward))
	}
	for _, query := range []string{"limit=0", "limit=101", "starting_after=cs_nobody"} {
		if resp := b.raw(t, "GET", "/v1/checkout/sessions?"+query, ""); resp.StatusCode < 400 {
			t.Errorf("%s: %d", query, resp.StatusCode)
		}
	}
}

func TestEventsAreListedByTypeAndTime(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	b.paid(t, 5000)
	b.pass(time.Hour)
	b.paid(t, 6000)
	since := &stripe.EventListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: b.now().Unix()}}
	var kinds []string
	for list := b.api.Events.List(since); list.Next(); {
		e := list.Event()
		if e.APIVersion != "2023-10-16" || e.Data.Object["id"] == "" {
			t.Errorf("event %+v", e)
		}
		kinds = append(kinds, string(e.Type))
	}
	if fmt.Sprint(kinds) != "[checkout.session.completed payment_intent.succeeded charge.succeeded payment_intent.created]" {
		t.Error(kinds)
	}
	charges := 0
	for list := b.api.Events.List(&stripe.EventListParams{Type: stripe.String("charge.succeeded")}); list.Next(); {
		charges++
	}
	if charges != 2 {
		t.Errorf("%d charges", charges)
	}
}

func TestWhatCannotBeExpandedIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t, "", hooksOff)
	id := b.paid(t, 5000).ID
	for query, status := range map[string]int{
		"expand[]=balance_transaction": 200, "expand[]=payment_intent.latest_charge": 200, "expand[]=nothing": 400, "expand[]=status": 400,
	} {
		if resp := b.raw(t, "GET", "/v1/charges/"+id+"?"+query, ""); resp.StatusCode != status {
			t.Errorf("%s: %d", query, resp.StatusCode)
		}
	}
	if resp := b.raw(t, "GET", "/v1/charges?expand[]=data.balance_transaction", ""); resp.StatusCode != 200 {
		t.Errorf("a list: %d", resp.StatusCode)
	}
}

func TestStateSurvivesARestartAndATornLastLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := start(t, dir, hooksOff)
	ch := b.paid(t, 5000)
	open := checkout("eur", 7000)
	open.SetIdempotencyKey("kept")
	session, err := b.api.CheckoutSessions.New(open)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "stripe.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"objects":[{"id":"ch_torn"`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}

	b = start(t, dir, hooksOff)
	again, err := b.api.Charges.Get(ch.ID, nil)
	if err != nil || again.Amount != 5000 {
		t.Fatalf("%+v, %v", again, err)
	}
	same, err := b.api.CheckoutSessions.New(open)
	if err != nil || same.ID != session.ID {
		t.Fatalf("the key was forgotten: %v", err)
	}
	if err := b.Pay(session.ID, "4242424242424242"); err != nil {
		t.Fatal(err)
	}
	if ch := b.paid(t, 1234); ch.Amount != 1234 {
		t.Errorf("%+v", ch)
	}
}

func readState(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "stripe.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRunServesUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	c, err := contract()
	if err != nil {
		t.Fatal(err)
	}
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- stripefake.Run(ctx, lis, stripefake.Options{Dir: t.TempDir(), Contract: c, Now: time.Now})
	}()
	eventually(t, "an answer", func() bool {
		resp, err := http.Get("http://" + lis.Addr().String() + "/_fake/events")
		return err == nil && resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
	})
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
