package server_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

func TestWhatIsNotSignedAsItMustBeLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	now := time.Now()
	body := eventBody("evt_1", "payment_intent.succeeded", map[string]any{"id": "pi_1", "object": "payment_intent"})
	live := bytes.Replace(body, []byte(`"livemode":false`), []byte(`"livemode":true`), 1)
	connected := bytes.Replace(body, []byte(`"livemode"`), []byte(`"account":"acct_1","livemode"`), 1)
	notAnEvent := []byte(`{"id":"pi_1","object":"payment_intent"}`)
	huge := eventBody("evt_1", "payment_intent.succeeded", map[string]any{"id": "pi_1", "object": "payment_intent", "x": string(make([]byte, 200<<10))})
	for name, c := range map[string]struct {
		payload   []byte
		signature string
	}{
		"no signature":      {body, ""},
		"nonsense":          {body, "t=1,v1=zz"},
		"wrong secret":      {body, sign(body, "whsec_other", now)},
		"altered":           {append([]byte(" "), body...), sign(body, signingSecret, now)},
		"stale":             {body, sign(body, signingSecret, now.Add(-6*time.Minute))},
		"from the future":   {body, sign(body, signingSecret, now.Add(6*time.Minute))},
		"live mode":         {live, sign(live, signingSecret, now)},
		"another account":   {connected, sign(connected, signingSecret, now)},
		"not an event":      {notAnEvent, sign(notAnEvent, signingSecret, now)},
		"not even JSON":     {[]byte("{"), sign([]byte("{"), signingSecret, now)},
		"empty":             {nil, sign(nil, signingSecret, now)},
		"too large":         {huge[:193<<10], sign(huge[:193<<10], signingSecret, now)},
		"an unknown scheme": {body, sign(body, signingSecret, now)[:12] + ",v0=aa"},
	} {
		err := b.deliverRaw(c.payload, c.signature)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Reason != "WEBHOOK_REFUSED" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := b.count("stripe_events", "true") + b.count("river_job", "true"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	// Either secret is good while they are being changed.
	if err := b.deliverRaw(body, sign(body, "whsec_next", now)); err != nil {
		t.Errorf("next secret: %v", err)
	}
	if err := b.deliverRaw(body, sign(body, signingSecret, now)); err != nil {
		t.Errorf("same event, older secret: %v", err)
	}
	if n := b.count("stripe_events", "true"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestARawEventIsSealedForItsWeekOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	err := b.deliver("evt_1", "customer.created", map[string]any{"id": "cus_1", "object": "customer", "email": "mark@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	var week, row string
	if err := b.db.Pool.QueryRow(ctx, `SELECT sealed, week, (e.*)::text FROM stripe_events AS e`).Scan(&sealed, &week, &row); err != nil {
		t.Fatal(err)
	}
	// Given a stored event, nothing of its body is readable in the row,
	if bytes.Contains([]byte(row), []byte("mark@")) || bytes.Contains(sealed, []byte("mark@")) {
		t.Error("the raw body is readable")
	}
	place := store.Events.At(seal.Week(week), "evt_1", 1)
	plain, err := b.keys.Open(ctx, place, sealed)
	if err != nil || !bytes.Contains(plain, []byte("mark@example.org")) {
		t.Errorf("opened = %q, %v", plain, err)
	}
	// and when its week is over nobody opens it any more, handled or not.
	if err := b.worker.Forget(ctx, week); err != nil {
		t.Fatal(err)
	}
	if _, err := b.keys.Open(ctx, place, sealed); !fault.Is(err, "ERASED") {
		t.Errorf("after its week: %v", err)
	}
	if b.count("stripe_events", "sealed IS NULL AND state = 'IGNORED'") != 1 {
		t.Error("the event itself is lost")
	}
	weeks, err := b.worker.OwedWeeks(ctx, time.Now(), "", 10)
	if err != nil || len(weeks) != 0 {
		t.Errorf("owed weeks = %v, %v", weeks, err)
	}
}
