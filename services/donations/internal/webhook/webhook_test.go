package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/webhook"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// keys notes which keys are made; err is what the key store answers.
type keys struct {
	mu   sync.Mutex
	made []seal.Subject
	err  error
}

// Create notes a subject.
func (k *keys) Create(_ context.Context, subject seal.Subject) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err == nil {
		k.made = append(k.made, subject)
	}
	return k.err
}

// Seal returns something that is not the plaintext.
func (k *keys) Seal(_ context.Context, place seal.Place, _ []byte) ([]byte, error) {
	return []byte(place.String()), k.err
}

const secret = "whsec_test"

func delivery(id string, at time.Time) (payload []byte, signature string) {
	payload = fmt.Appendf(nil, `{"id":%q,"object":"event","type":"charge.succeeded","api_version":"2023-10-16","created":%d,
		"livemode":false,"data":{"object":{"id":"ch_1","object":"charge"}}}`, id, at.Unix())
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return payload, fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

func TestEachWeekHasAKeyThatIsMadeBeforeItsFirstEvent(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) // a Sunday
	sealing := &keys{err: errors.New("key store away")}
	r := webhook.New(store.New(db, dutytest.Queue(t), rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler)), time.Now), sealing, []string{secret}, false, func() time.Time { return now })
	receive := func(id string) error {
		payload, signature := delivery(id, now)
		return r.Receive(context.Background(), payload, signature)
	}
	// While there is no key, nothing is acknowledged: Stripe delivers again.
	if err := receive("evt_1"); !errors.Is(err, sealing.err) || fault.OfKind(err, fault.Invalid) {
		t.Errorf("without the key store: %v", err)
	}
	sealing.err = nil
	for _, id := range []string{"evt_1", "evt_2", "evt_1"} {
		if err := receive(id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	now = now.AddDate(0, 0, 1)
	if err := receive("evt_3"); err != nil {
		t.Errorf("next week: %v", err)
	}
	if want := []seal.Subject{seal.Week("2026-W48"), seal.Week("2026-W49")}; !slices.Equal(sealing.made, want) {
		t.Errorf("keys = %v, want %v", sealing.made, want)
	}
	var n int
	err := db.Pool.QueryRow(context.Background(), `SELECT count(*) FROM stripe_events
		WHERE convert_from(sealed, 'UTF8') = 'stripe_events.sealed of ' || id || ' for stripeWeeks/' || week`).Scan(&n)
	if err != nil || n != 3 {
		t.Errorf("%d events under the keys of their weeks, %v; want 3", n, err)
	}
}
