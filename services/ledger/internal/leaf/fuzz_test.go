package leaf_test

import (
	"bytes"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// FuzzDecode: whatever is accepted is canonical.
func FuzzDecode(f *testing.F) {
	for _, l := range vectors() {
		b, err := l.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := leaf.Decode(b)
		if err != nil {
			return
		}
		again, err := l.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("accepted, but not canonical: %v", err)
		}
	})
}
