package server_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/outgoing"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// told is a message as a partner's server got it.
type told struct {
	ID, Signature string
	At            time.Time
	Body          string
	Type, Name    string
	State         string
}

// listener is a partner's server.
type listener struct {
	*httptest.Server
	mu     sync.Mutex // guards what follows
	got    []told
	status int
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{status: http.StatusNoContent}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seconds, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
		m := told{ID: r.Header.Get("Webhook-Id"), Signature: r.Header.Get("Webhook-Signature"), At: time.Unix(seconds, 0), Body: string(body)}
		var parsed struct {
			Type      string
			Timestamp time.Time
			Data      struct{ Name, State, Pledge, Donation string }
		}
		d := json.NewDecoder(strings.NewReader(m.Body))
		d.DisallowUnknownFields() // ids and states only
		if err := d.Decode(&parsed); err != nil {
			t.Errorf("body %s: %v", m.Body, err)
		}
		m.Type, m.Name, m.State = parsed.Type, parsed.Data.Name, parsed.Data.State
		l.mu.Lock()
		defer l.mu.Unlock()
		l.got = append(l.got, m)
		w.WriteHeader(l.status)
	}))
	t.Cleanup(l.Close)
	return l
}

// answer is what the server says from now on.
func (l *listener) answer(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = status
}

// take returns what was told since the last call.
func (l *listener) take() []told {
	l.mu.Lock()
	defer l.mu.Unlock()
	got := l.got
	l.got = nil
	return got
}

func types(list []told) (names []string) {
	for _, m := range list {
		names = append(names, m.Type)
	}
	slices.Sort(names)
	return names
}

// verified is the algorithm of Standard Webhooks, as a receiver has it.
func (m told) verified(secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) != 32 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", m.ID, m.At.Unix(), m.Body)
	return slices.Contains(strings.Split(m.Signature, " "), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

func (p testPartner) hooks() donationsv1.PartnerWebhookServiceClient {
	return donationsv1.NewPartnerWebhookServiceClient(p.conn)
}

// endpoint makes an endpoint of a partner's.
func (b *bench) endpoint(p testPartner, url string) *donationsv1.WebhookEndpoint {
	b.t.Helper()
	e, err := p.hooks().CreateWebhookEndpoint(context.Background(), &donationsv1.CreateWebhookEndpointRequest{
		Parent: p.GetName(), WebhookEndpoint: &donationsv1.WebhookEndpoint{Url: url},
	})
	if err != nil || !strings.HasPrefix(e.GetSecret(), "whsec_") {
		b.t.Fatalf("endpoint = %v, %v", e, err)
	}
	return e
}

// cancel changes the state of a pledge, in a call of its partner's.
func (b *bench) cancel(p testPartner) {
	b.t.Helper()
	req := &donationsv1.CancelPledgeRequest{Name: b.pledge(p, pledgeOf(5000, "general")).GetName()}
	if _, err := donationsv1.NewPledgeServiceClient(p.conn).CancelPledge(context.Background(), req); err != nil {
		b.t.Fatal(err)
	}
}

// send sends once what is due.
func (b *bench) send() {
	b.t.Helper()
	b.drain(store.DutyNotice)
	ids, err := b.store.OwedDeliveries(context.Background(), b.now(), "", 100)
	for _, id := range ids {
		if err == nil {
			err = b.worker.Deliver(context.Background(), id)
		}
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// deliveries are the messages of a partner.
func (b *bench) deliveries(p testPartner, filter string) []*donationsv1.WebhookDelivery {
	b.t.Helper()
	list, err := p.hooks().ListWebhookDeliveries(context.Background(), &donationsv1.ListWebhookDeliveriesRequest{Parent: p.GetName(), Filter: filter})
	if err != nil {
		b.t.Fatal(err)
	}
	return list.GetWebhookDeliveries()
}

func TestAPartnerIsToldWhatChangesInSignedMessagesOfIDsAndStates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, other := b.newPartner(), b.newPartner()
	l := listen(t)
	e := b.endpoint(p, l.URL+"/hooks")
	// when a donor gives, and gifts of another partner
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	b.pay(pledge)
	b.pay(b.pledge(other, pledgeOf(5000, "general")))
	b.drain(store.DutyEvent, store.DutyPost) // it does not clear yet
	d := b.donation(p, pledge)
	if n := b.count("river_job", `args = '{"duty": "partner.notice", "id": "`+p.GetName()[len("partners/"):]+`"}'`); n != 2 {
		t.Errorf("%d jobs tell at once", n)
	}
	b.send()
	// then
	got := l.take()
	if diff := cmp.Diff([]string{"donation.succeeded", "pledge.fulfilled"}, types(got)); diff != "" {
		t.Fatalf("told (-want +got):\n%s", diff)
	}
	for _, m := range got {
		want := map[string]string{"donation.succeeded": d.GetName(), "pledge.fulfilled": pledge.GetName()}[m.Type]
		if m.Name != want || !m.verified(e.GetSecret()) || m.verified("whsec_"+base64.StdEncoding.EncodeToString(make([]byte, 32))) || time.Since(m.At) > time.Minute {
			t.Errorf("%+v", m)
		}
	}
	// and refunds and disputes, whoever begins them
	if _, err := donationsv1.NewRefundServiceClient(p.conn).RequestRefund(t.Context(), &donationsv1.RequestRefundRequest{Name: d.GetName(), RequestId: "refund"}); err != nil {
		t.Fatal(err)
	}
	b.write(`INSERT INTO disputes SELECT 'dp_1', id, partner_id, 'OPEN', 'EUR', 5000, 'du_1', created_at FROM donations WHERE id = $1`, strings.TrimPrefix(d.GetName(), "donations/"))
	b.write(`UPDATE disputes SET state = 'LOST' WHERE donation_id = $1`, strings.TrimPrefix(d.GetName(), "donations/"))
	b.write(`UPDATE disputes SET state = 'LOST' WHERE donation_id = $1`, strings.TrimPrefix(d.GetName(), "donations/"))
	b.send()
	if diff := cmp.Diff([]string{"dispute.lost", "dispute.open", "refund.pending"}, types(l.take())); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if list := b.deliveries(p, `state = "DELIVERED" AND endpoint = "`+e.GetName()+`"`); len(list) != 5 || list[0].GetResponseStatus() != 204 || list[0].GetAttempts() != 1 || list[0].GetNextAttemptTime() != nil {
		t.Errorf("deliveries: %v", list)
	}
	if b.send(); len(l.take()) != 0 || len(b.deliveries(other, "")) != 0 {
		t.Error("somebody was told twice, or of another's")
	}
}

func TestAMessageThatIsNotTakenIsTriedTenTimesAndCanBeSentAgain(t *testing.T) {
	t.Parallel()
	now, forward := movable()
	b := newBenchAt(t, now)
	p, l := b.newPartner(), listen(t)
	e := b.endpoint(p, l.URL)
	l.answer(http.StatusServiceUnavailable)
	b.cancel(p)
	// when it is never taken
	var first told
	for i, pause := range []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour} {
		forward(pause * 8 / 10)
		if b.send(); i > 0 && len(l.take()) != 0 {
			t.Fatalf("attempt %d came early", i+1)
		}
		forward(pause * 4 / 10)
		b.send()
		got := l.take()
		if len(got) != 1 || !got[0].verified(e.GetSecret()) || i > 0 && (got[0].ID != first.ID || got[0].Body != first.Body || !got[0].At.After(first.At)) {
			t.Fatalf("attempt %d: %+v", i+1, got)
		}
		if i == 0 {
			first = got[0]
		}
	}
	// then it has failed, and is not tried any more
	forward(48 * time.Hour)
	b.send()
	failed := b.deliveries(p, `state = "FAILED"`)
	if len(l.take()) != 0 || len(failed) != 1 || failed[0].GetAttempts() != 10 || failed[0].GetResponseStatus() != 503 || failed[0].GetFailure() != donationsv1.WebhookFailure_WEBHOOK_FAILURE_STATUS {
		t.Fatalf("failed: %v", failed)
	}
	// until the partner asks for it
	l.answer(http.StatusOK)
	again, err := p.hooks().RedeliverWebhook(t.Context(), &donationsv1.RedeliverWebhookRequest{Name: failed[0].GetName()})
	if err != nil || again.GetState() != donationsv1.WebhookDeliveryState_WEBHOOK_DELIVERY_STATE_PENDING {
		t.Fatalf("%v, %v", again, err)
	}
	b.send()
	if got := l.take(); len(got) != 1 || got[0].ID != first.ID || got[0].Body != first.Body {
		t.Errorf("sent again: %+v", got)
	}
	if d, err := p.hooks().GetWebhookDelivery(t.Context(), &donationsv1.GetWebhookDeliveryRequest{Name: failed[0].GetName()}); err != nil || d.GetState() != donationsv1.WebhookDeliveryState_WEBHOOK_DELIVERY_STATE_DELIVERED {
		t.Errorf("%v, %v", d, err)
	}
	// and is deleted when it is old
	forward(31 * 24 * time.Hour)
	if err := b.store.DropDeliveries(t.Context()); err != nil || len(b.deliveries(p, "")) != 0 {
		t.Errorf("old messages: %v", err)
	}
}

func TestMessagesCarryTwoSignaturesWhileASecretIsRotated(t *testing.T) {
	t.Parallel()
	now, forward := movable()
	b := newBenchAt(t, now)
	p, l := b.newPartner(), listen(t)
	e := b.endpoint(p, l.URL)
	hours := int32(2)
	req := &donationsv1.RotateWebhookSecretRequest{Name: e.GetName(), OverlapHours: &hours, RequestId: "rotate"}
	fresh, err := p.hooks().RotateWebhookSecret(t.Context(), req)
	if err != nil || fresh.GetSecret() == "" || fresh.GetSecret() == e.GetSecret() || fresh.GetOldSecretEndTime() == nil {
		t.Fatalf("%v, %v", fresh, err)
	}
	if again, err := p.hooks().RotateWebhookSecret(t.Context(), req); err != nil || again.GetSecret() != "" || !again.GetSecretExpired() {
		t.Errorf("a repeat: %v, %v", again, err)
	}
	for _, both := range []bool{true, false} {
		b.cancel(p)
		b.send()
		got := l.take()
		if len(got) != 1 {
			t.Errorf("told: %+v", got)
		}
		for _, m := range got {
			if !m.verified(fresh.GetSecret()) || m.verified(e.GetSecret()) != both {
				t.Errorf("old secret: want %v: %+v", both, m)
			}
		}
		forward(3 * time.Hour)
	}
	if dump := b.dump(); holds(dump, fresh.GetSecret()) || holds(dump, e.GetSecret()) || !strings.Contains(dump, e.GetUrl()) {
		t.Error("a signing secret stands in the dump, or no endpoint does")
	}
}

func TestAnEndpointThatIsGoneIsDisabled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, l := b.newPartner(), listen(t)
	e := b.endpoint(p, l.URL)
	l.answer(http.StatusGone)
	b.pay(b.pledge(p, pledgeOf(5000, "general")))
	b.drain()
	b.send()
	b.send()
	// then one message was tried, and all have failed
	seen, err := p.hooks().GetWebhookEndpoint(t.Context(), &donationsv1.GetWebhookEndpointRequest{Name: e.GetName()})
	if err != nil || !seen.GetGone() || seen.GetState() != donationsv1.WebhookEndpointState_WEBHOOK_ENDPOINT_STATE_DISABLED || len(l.take()) != 1 {
		t.Errorf("%v, %v", seen, err)
	}
	failed := b.deliveries(p, `state = "FAILED"`)
	if len(failed) != 2 {
		t.Fatalf("failed: %v", failed)
	}
	redeliver := func() error {
		_, err := p.hooks().RedeliverWebhook(t.Context(), &donationsv1.RedeliverWebhookRequest{Name: failed[0].GetName()})
		return err
	}
	if err := redeliver(); !fault.Is(err, fault.ReasonEndpointDisabled) {
		t.Errorf("sent again: %v", err)
	}
	// what changes meanwhile is not told, and once enabled it goes on
	b.pay(b.pledge(p, pledgeOf(5000, "general")))
	b.drain()
	if n := b.count("notices", "true"); n != 0 {
		t.Errorf("%d notices", n)
	}
	l.answer(http.StatusOK)
	if seen, err = p.hooks().EnableWebhookEndpoint(t.Context(), &donationsv1.EnableWebhookEndpointRequest{Name: e.GetName()}); err != nil || seen.GetGone() {
		t.Fatalf("%v, %v", seen, err)
	}
	if err := redeliver(); err != nil {
		t.Fatal(err)
	}
	if b.send(); len(l.take()) != 1 {
		t.Error("it does not go on")
	}
}

func TestNoMessageLeadsIntoTheNetwork(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, l := b.newPartner(), listen(t)
	for _, url := range []string{"https://10.0.0.1/", "https://169.254.169.254/latest", "http://friends.example/", ""} {
		_, err := p.hooks().CreateWebhookEndpoint(t.Context(), &donationsv1.CreateWebhookEndpointRequest{
			Parent: p.GetName(), WebhookEndpoint: &donationsv1.WebhookEndpoint{Url: url},
		})
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "webhookEndpoint.url" {
			t.Errorf("%s: %v", url, err)
		}
	}
	// A name that leads here is refused when it is called.
	b.endpoint(p, strings.Replace(l.URL, "http://127.0.0.1", "https://localhost", 1))
	b.worker.Messages = outgoing.New(outgoing.Options{})
	b.pay(b.pledge(p, pledgeOf(5000, "general")))
	b.drain()
	b.send()
	for _, d := range b.deliveries(p, "") {
		if d.GetFailure() != donationsv1.WebhookFailure_WEBHOOK_FAILURE_ADDRESS_REFUSED || d.GetState() != donationsv1.WebhookDeliveryState_WEBHOOK_DELIVERY_STATE_PENDING {
			t.Errorf("%v", d)
		}
	}
}
