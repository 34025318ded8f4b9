package signin_test

import (
	"fmt"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestATokenEndsWithItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	w.clock.advance(oidcdev.TokenLifetime + time.Second)
	if _, err := w.auth.Authenticate(t.Context(), token); !fault.OfKind(err, fault.Unauthenticated) {
		t.Errorf("an expired token: %v", err)
	}
}

func TestNamesOfKeysThatDoNotExistDoNotHammerTheIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Fatal(err)
	}
	fetched := w.keys.Load()
	own := newKey(t)
	for i := range 50 {
		_, err := w.auth.Authenticate(t.Context(), sign(t, jose.ES256, own, named(fmt.Sprint(i), nil), w.claims(nil)))
		if !fault.OfKind(err, fault.Unauthenticated) {
			t.Fatalf("key %d: %v", i, err)
		}
	}
	if got := w.keys.Load() - fetched; got > 1 {
		t.Errorf("the keys were fetched %d times", got)
	}
}

func TestANewKeyOfTheIssuerIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Fatal(err)
	}
	w.rotate()
	w.clock.advance(time.Minute)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Errorf("a token of the new key: %v", err)
	}
}

func TestAKeyThatTheIssuerTakesBackIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	leaked := w.issuer
	if _, err := w.auth.Authenticate(t.Context(), w.token(leaked, "ada")); err != nil {
		t.Fatal(err)
	}
	w.rotate() // and nobody presents a token of the new key
	w.clock.advance(6 * time.Minute)
	if _, err := w.auth.Authenticate(t.Context(), w.token(leaked, "ada")); !fault.OfKind(err, fault.Unauthenticated) {
		t.Errorf("six minutes after its key was taken back: %v", err)
	}
}

func TestKnownKeysOutliveASilentIssuerForAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Fatal(err)
	}
	w.down.Store(true)
	w.clock.advance(30 * time.Minute)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Errorf("after half an hour of silence: %v", err)
	}
	w.clock.advance(time.Hour)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err == nil {
		t.Error("keys of more than an hour ago are taken")
	}
}
