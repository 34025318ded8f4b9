package stripeapi_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
)

const secret = "whsec_now"

var signedAt = time.Unix(1_790_000_000, 0)

const sample = `{"id":"evt_1","object":"event","api_version":"2023-10-16","type":"charge.succeeded","created":1790000000,
	"data":{"object":{"id":"ch_1","object":"charge","payment_intent":"pi_1","metadata":{"reference":"p_1"}}}}`

func sign(payload, secret string) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(payload), Secret: secret, Timestamp: signedAt}).Header
}

func TestASignedEventIsRead(t *testing.T) {
	t.Parallel()
	got, err := stripeapi.ParseEvent([]byte(sample), sign(sample, secret), []string{secret}, signedAt)
	if err != nil {
		t.Fatal(err)
	}
	want := stripeapi.Event{
		ID: "evt_1", Type: "charge.succeeded", ObjectID: "ch_1", ObjectKind: "charge", PaymentID: "pi_1", Created: signedAt.UTC(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEitherSecretIsTakenDuringRotation(t *testing.T) {
	t.Parallel()
	for _, used := range []string{"whsec_old", "whsec_new"} {
		if _, err := stripeapi.ParseEvent([]byte(sample), sign(sample, used), []string{"whsec_new", "whsec_old"}, signedAt); err != nil {
			t.Errorf("signed with %s: %v", used, err)
		}
	}
}

func TestWhatIsNotSignedNowIsRefused(t *testing.T) {
	t.Parallel()
	good := sign(sample, secret)
	for name, c := range map[string]struct {
		payload, signature string
		secrets            []string
		now                time.Time
		want               error
	}{
		"no signature":      {sample, "", []string{secret}, signedAt, stripeapi.ErrSignature},
		"no header at all":  {sample, "nonsense", []string{secret}, signedAt, stripeapi.ErrSignature},
		"another secret":    {sample, sign(sample, "whsec_other"), []string{secret}, signedAt, stripeapi.ErrSignature},
		"no secrets":        {sample, good, nil, signedAt, stripeapi.ErrSignature},
		"an empty secret":   {sample, sign(sample, ""), []string{""}, signedAt, stripeapi.ErrSignature},
		"an altered body":   {strings.Replace(sample, "ch_1", "ch_2", 1), good, []string{secret}, signedAt, stripeapi.ErrSignature},
		"another scheme":    {sample, strings.Replace(good, "v1=", "v0=", 1), []string{secret}, signedAt, stripeapi.ErrSignature},
		"a second time":     {sample, good + ",t=1790000001", []string{secret}, signedAt, stripeapi.ErrSignature},
		"signed long ago":   {sample, good, []string{secret}, signedAt.Add(5*time.Minute + time.Second), stripeapi.ErrStale},
		"signed tomorrow":   {sample, good, []string{secret}, signedAt.Add(-24 * time.Hour), stripeapi.ErrStale},
		"not JSON":          {"<x>", sign("<x>", secret), []string{secret}, signedAt, stripeapi.ErrMalformed},
		"no object":         {`{"id":"e"}`, sign(`{"id":"e"}`, secret), []string{secret}, signedAt, stripeapi.ErrMalformed},
		"an event of a nil": {null(sample), sign(null(sample), secret), []string{secret}, signedAt, stripeapi.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := stripeapi.ParseEvent([]byte(c.payload), c.signature, c.secrets, c.now); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// Ids are the same in every version, and the object is read again in ours.
func TestAnEventOfAnyVersionOfTheAPIIsRead(t *testing.T) {
	t.Parallel()
	for _, version := range []string{`"2023-10-16"`, `"2024-06-20"`, `"2025-03-31.basil"`, "null"} {
		body := strings.Replace(sample, `"2023-10-16"`, version, 1)
		e, err := stripeapi.ParseEvent([]byte(body), sign(body, secret), []string{secret}, signedAt)
		if err != nil || e.ObjectID != "ch_1" {
			t.Errorf("version %s: %+v, %v", version, e, err)
		}
	}
}

func null(string) string {
	return `{"id":"evt_1","object":"event","api_version":"2023-10-16","type":"x","data":{"object":null}}`
}

// TestEveryRecordedEventIsRead reads whole events of a real Stripe account.
func TestEveryRecordedEventIsRead(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SOLIDARITY_DATA")
	if dir == "" {
		t.Skip("SOLIDARITY_DATA is not set: recorded Stripe events are missing")
	}
	files, err := filepath.Glob(filepath.Join(dir, "stripe", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no events in SOLIDARITY_DATA: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			payload, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want struct {
				ID, Type string
				Data     struct {
					Object struct{ ID, Object, Charge string }
				}
			}
			if err := json.Unmarshal(payload, &want); err != nil {
				t.Fatal(err)
			}
			got, err := stripeapi.ParseEvent(payload, sign(string(payload), secret), []string{secret}, signedAt)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != want.ID || got.Type != want.Type || got.ObjectID != want.Data.Object.ID || got.ObjectKind != want.Data.Object.Object {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(sample), "t=1790000000,v1=00")
	f.Add([]byte(`{"data":{"object":{"charge":{"id":1}}}}`), "t=,v1=")
	f.Fuzz(func(t *testing.T, payload []byte, signature string) {
		if _, err := stripeapi.ParseEvent(payload, signature, []string{secret}, signedAt); err == nil {
			t.Fatal("a forged event was taken")
		}
		// What is signed may be refused, but never breaks.
		_, err := stripeapi.ParseEvent(payload, sign(string(payload), secret), []string{secret}, signedAt)
		if err != nil && !errors.Is(err, stripeapi.ErrMalformed) {
			t.Fatal(err)
		}
	})
}
