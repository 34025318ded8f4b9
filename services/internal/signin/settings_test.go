package signin_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

func TestPlainHTTPIsForTheLoopbackOnly(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://id.example": true, "http://127.0.0.1:8090": true, "http://localhost:1": true, "http://[::1]:1": true,
		"http://id.example": false, "ftp://127.0.0.1": false, "127.0.0.1": false, "": false,
	} {
		_, err := signin.New(t.Context(), issuer(address), nil, time.Now)
		if (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestASettingThatTakesTokensOfAnyLifeIsRefused(t *testing.T) {
	t.Parallel()
	for life, good := range map[time.Duration]bool{
		time.Minute: true, time.Hour: true, 24 * time.Hour: true, 0: false, -time.Hour: false, 24*time.Hour + 1: false,
	} {
		settings := issuer("https://id.example")
		settings.TokenLife = life
		if err := settings.Check(); (err == nil) != good {
			t.Errorf("%v: %v", life, err)
		}
	}
}

func TestASettingMayLetTokensLiveLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := said(accessKind, set{"exp": after(8 * time.Hour)})(w)
	settings := issuer(w.server.URL)
	settings.TokenLife = 8 * time.Hour
	auth, err := signin.New(t.Context(), settings, w.access, w.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.Authenticate(t.Context(), token); err != nil {
		t.Errorf("eight hours where the setting says eight: %v", err)
	}
	if _, err := w.auth.Authenticate(t.Context(), token); !fault.OfKind(err, fault.Unauthenticated) {
		t.Errorf("eight hours where the setting says one: %v", err)
	}
}
