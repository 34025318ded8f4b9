package checkpoint_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

func TestAnOriginIsPrintableASCII(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"", "a b", "a+b", "a\x1b[2J", "a\u009b2J", "a\u202eb", "\u00fc", "a\x7f", "a\xff", "a\u00a0b"} {
		c := checkpoint.Checkpoint{Origin: origin}
		if got, err := checkpoint.ParseBody(c.Body()); err == nil {
			t.Errorf("%q is read as %q", origin, got.Origin)
		}
		if _, err := checkpoint.NewSigner(origin, make([]byte, 32)); err == nil {
			t.Errorf("a key is named %q", origin)
		}
	}
	if _, err := checkpoint.ParseBody(checkpoint.Checkpoint{Origin: "ledger.example.org/main~1"}.Body()); err != nil {
		t.Error(err)
	}
}
