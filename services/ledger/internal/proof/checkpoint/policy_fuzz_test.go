package checkpoint_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// FuzzPolicy: all witnesses of a policy are enough for it, nobody is only where it
// says so, and no policy lets an unsigned checkpoint pass.
func FuzzPolicy(f *testing.F) {
	signer, err := checkpoint.NewSigner("ledger.test/main", make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	text := "log " + signer.VerifierKey() + " https://log.test\n"
	for i, name := range []string{"a", "b", "c"} {
		w, err := checkpoint.NewCosigner(name+".test", bytes.Repeat([]byte{byte(i + 1)}, 32), time.Now)
		if err != nil {
			f.Fatal(err)
		}
		text += "witness " + name + " " + w.VerifierKey() + " https://" + name + ".test\n"
	}
	f.Add(text + "quorum none\n")
	f.Add(text + "# two of three\ngroup two 2 a b c\nquorum two\n")
	f.Add(text + "group one any a b\ngroup all all one c\nquorum all\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := checkpoint.ParsePolicy([]byte(text))
		if err != nil {
			return
		}
		all, nobody := map[string]bool{}, false
		for line := range strings.Lines(text) {
			words := strings.Fields(line)
			if len(words) > 1 && words[0] == "witness" {
				all[words[1]] = true
			}
			nobody = nobody || len(words) == 2 && words[0] == "quorum" && words[1] == "none"
		}
		if len(all) != len(p.Keys()) || len(p.Witnesses()) > len(all) {
			t.Fatalf("%d witnesses, %d keys", len(all), len(p.Keys()))
		}
		if !p.Reached(all) || p.Reached(nil) != nobody {
			t.Fatalf("all are enough: %t, nobody is: %t", p.Reached(all), p.Reached(nil))
		}
		if c, err := p.Check([]byte("ledger.test/main\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— ledger.test/main AAAAAAAA\n")); err == nil {
			t.Fatalf("passes unsigned: %+v", c)
		}
	})
}
