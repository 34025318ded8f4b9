package checkpoint_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

func TestWitnessesAreAskedByHTTPSOnly(t *testing.T) {
	t.Parallel()
	cosigner, err := checkpoint.NewCosigner("witness.test", make([]byte, 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for address, good := range map[string]bool{
		"": true, "https://witness.example.org": true, "https://tlog.example.net:8443/fund": true,
		"http://127.0.0.1:8090": true, "http://[::1]:8090/x": true,
		"http://witness.example.org": false, "http://127.0.0.1.example.org": false, "http://localhost:8090": false,
		"http://127.0.0.1@example.org": false, "https://": false, "witness.example.org": false, "ftp://127.0.0.1": false, "https://x?y": false,
	} {
		policy, err := checkpoint.ParsePolicy(fmt.Appendf(nil, "# who\n\nwitness one %s %s\nquorum one\n", cosigner.VerifierKey(), address))
		if err != nil {
			t.Fatal(address, err)
		}
		err = policy.CheckAddresses()
		if (err == nil) != good || !good && !strings.Contains(err.Error(), "policy line 3: the address of witness one") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
