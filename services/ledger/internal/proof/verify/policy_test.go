package verify_test

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

func TestTheLogsOfAPolicyAreKeysToo(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t)
	other, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	policy := func(keys ...string) *checkpoint.Policy {
		p, err := checkpoint.ParsePolicy([]byte("log " + strings.Join(keys, "\nlog ") + "\nquorum none\n"))
		if err != nil {
			t.Fatal(err)
		}
		return &p
	}
	run := func(src *bundletest.Server, o verify.Options) verify.Report {
		o.Source, o.TempDir = src, t.TempDir()
		report, err := verify.Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	s := history(t)
	right := policy(l.Signer.VerifierKey())
	for name, o := range map[string]verify.Options{
		"alone": {Policy: right}, "given twice": {Policy: right, Keys: []note.Verifier{l.Key(t)}},
		"one of two": {Policy: policy(other.VerifierKey(), l.Signer.VerifierKey())},
	} {
		if r := run(s, o); !r.OK() || !r.Signed || !r.Witnessed {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := run(s, verify.Options{Policy: policy(other.VerifierKey())}); r.Signed || !strings.Contains(lines(r), "SIGNATURE: ") {
		t.Errorf("another log's key: %+v", r)
	}
	s.Published[1].Note = retouch(s.Published[1].Note, -30)
	if r := run(s, verify.Options{Policy: right}); !strings.Contains(lines(r), "CHECKPOINTS: the checkpoint of 256 leaves is not signed by the given key") {
		t.Errorf("an older checkpoint: %+v", r)
	}
}
