package command

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger"
)

// A file that is no proof is named as such, in words and as JSON, and fails.
func TestWhatIsNoProofOfAGiftFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "proof.json")
	if err := os.WriteFile(file, []byte(`{"format":"solidarity receipt proof 2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		json bool
		want string
	}{{false, "WRONG FORMAT: "}, {true, `"rule": "FORMAT"`}} {
		var out bytes.Buffer
		command := verifyReceipt{File: file}
		command.JSON = c.json
		if err := command.Run(&Terminal{Out: &out}); !errors.Is(err, errReported) || !strings.Contains(out.String(), c.want) {
			t.Errorf("%v: %v, %s", c.json, err, out.String())
		}
	}
	if err := (&verifyReceipt{File: file, Key: []string{"no key"}}).Run(&Terminal{Out: &bytes.Buffer{}}); err == nil || errors.Is(err, errReported) {
		t.Errorf("a key that is none: %v", err)
	}
	if err := (&verifyReceipt{File: file + ".gone"}).Run(&Terminal{Out: &bytes.Buffer{}}); err == nil {
		t.Error("a file that is gone is not missed")
	}
}

func TestAProvedGiftIsToldWithWhatWasNotChecked(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{true, false} {
		var out bytes.Buffer
		(&verifyReceipt{}).tell(&out, ledger.GiftReport{Donation: "donations/d_1", Day: "2026-11-24", Origin: "fund.example/log", Size: 7, Trusted: trusted})
		if !strings.Contains(out.String(), "Verified: it stands in the log fund.example/log of 7 leaves.") || strings.Contains(out.String(), "not checked") == trusted {
			t.Errorf("trusted %v: %s", trusted, out.String())
		}
	}
}
