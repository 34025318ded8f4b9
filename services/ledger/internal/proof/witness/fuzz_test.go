package witness

import (
	"bytes"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// FuzzRequest: what is read was written just so, and asks for nothing impossible.
func FuzzRequest(f *testing.F) {
	f.Add(request{signed: []byte("log\n0\n\n")}.marshal())
	f.Add(request{old: 7, proof: []merkle.Hash{{1}, {2}}, signed: []byte("log\n9\nAAAA\n\n— log AAAA\n")}.marshal())
	f.Add([]byte("old 01\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parseRequest(body)
		if err != nil {
			return
		}
		if r.old < 0 || len(r.proof) > maxProof {
			t.Fatalf("read as %+v", r)
		}
		if again := r.marshal(); !bytes.Equal(again, body) {
			t.Fatalf("%q was read, and is written as %q", body, again)
		}
	})
}
