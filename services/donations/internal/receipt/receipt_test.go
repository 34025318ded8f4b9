package receipt_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
)

func TestATokenOpensByItsHashAndNothingElseDoes(t *testing.T) {
	t.Parallel()
	token, hash := receipt.NewToken()
	other, otherHash := receipt.NewToken()
	if token == other || bytes.Equal(hash, otherHash) || len(token) != 43 || len(hash) != 32 {
		t.Errorf("tokens %q and %q", token, other)
	}
	if !bytes.Equal(receipt.Hash(token), hash) {
		t.Error("the token does not hash to its hash")
	}
	for _, wrong := range []string{"", "x", token + "=", token + "\n", token[1:], token + "A", other} {
		if bytes.Equal(receipt.Hash(wrong), hash) {
			t.Errorf("%q opens", wrong)
		}
	}
}

func TestTotalsArePublishedTwoWeeksAfterAQuarter(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]string{
		"2026-11-24": "2026-09-30",
		"2026-10-15": "2026-09-30",
		"2026-10-14": "2026-06-30",
		"2027-01-14": "2026-09-30",
		"2027-01-15": "2026-12-31",
		"2027-04-01": "2026-12-31",
	} {
		at, err := time.Parse(time.DateOnly, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := receipt.PublishedThrough(at.Add(time.Hour), false).Format(time.DateOnly); got != want {
			t.Errorf("on %s published through %s, want %s", now, got, want)
		}
	}
	now := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	if got := receipt.PublishedThrough(now, true).Format(time.DateOnly); got != "2026-11-24" {
		t.Errorf("in development published through %s", got)
	}
}
