package server_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/gift"
)

func (f *fixture) proofs(service string) ledgerv1.ProofServiceClient {
	return ledgerv1.NewProofServiceClient(f.bench.As(identity.Caller{Service: service}))
}

// proved is the file of a gift in a log of many, and the log's key.
func proved(t *testing.T, f *fixture) ([]byte, note.Verifier) {
	t.Helper()
	got, err := f.proofs("donations").ProveGift(t.Context(), &ledgerv1.ProveGiftRequest{Reference: postingtest.Gift("g/3/7", 100).GetReference()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := f.log().GetCheckpoint(t.Context(), &ledgerv1.GetCheckpointRequest{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := checkpoint.ParseVerifier(c.GetVerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return got.GetFile(), key
}

// A donor checks a gift offline, and whatever is changed of its proof is named.
func TestAGiftIsProvedByAFileAndNoChangeOfItPasses(t *testing.T) {
	t.Parallel()
	f := setup(t)
	fill(f)
	file, key := proved(t, f)
	r := gift.Check(file, key)
	if !r.OK() || !r.Trusted || r.Size != 600 || len(r.Entries) != 2 || r.Entries[0].Amount != 100 || r.Day != postingtest.Today {
		t.Fatalf("%+v\n%s", r, file)
	}
	// Of the others it has nothing but hashes.
	if n := bytes.Count(file, []byte("donations/")); n != 1 || bytes.Contains(file, []byte("g/3/6")) {
		t.Errorf("%d payments are named", n)
	}
	if alone := gift.Check(file); !alone.OK() || alone.Trusted {
		t.Errorf("without a key: %+v", alone)
	}
	other, err := checkpoint.GenerateSigner(key.Name())
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := checkpoint.ParseVerifier(other.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	if r := gift.Check(file, stranger); r.OK() || r.Findings[0].Rule != gift.RuleKey {
		t.Errorf("with another log's key: %+v", r)
	}
	for name, c := range map[string]struct {
		change func(*gift.File)
		want   gift.Rule
	}{
		"another form":     {func(f *gift.File) { f.Format += "0" }, gift.RuleFormat},
		"another payment":  {func(f *gift.File) { f.Donation += "0" }, gift.RuleDonation},
		"another day":      {func(f *gift.File) { f.Day = "2026-11-01" }, gift.RuleDay},
		"another amount":   {func(f *gift.File) { f.Entries[0].Amount++ }, gift.RuleEntries},
		"another account":  {func(f *gift.File) { f.Entries[1].Account += "s" }, gift.RuleEntries},
		"another side":     {func(f *gift.File) { f.Entries[1].Side = "debit" }, gift.RuleEntries},
		"another currency": {func(f *gift.File) { f.Entries[1].Currency = "USD" }, gift.RuleEntries},
		"another place":    {func(f *gift.File) { f.Sequence++ }, gift.RuleSequence},
		"no leaf":          {func(f *gift.File) { f.Leaf = f.Leaf[:9] }, gift.RuleLeaf},
		"another leaf":     {func(f *gift.File) { f.Leaf[len(f.Leaf)-1] ^= 1 }, gift.RuleInclusion},
		"another hash":     {func(f *gift.File) { f.Hashes[0][5] ^= 1 }, gift.RuleInclusion},
		"a hash less":      {func(f *gift.File) { f.Hashes = f.Hashes[1:] }, gift.RuleInclusion},
		"a shorter hash":   {func(f *gift.File) { f.Hashes[0] = f.Hashes[0][1:] }, gift.RuleInclusion},
		"another tree":     {func(f *gift.File) { f.Checkpoint = strings.Replace(f.Checkpoint, "600", "601", 1) }, gift.RuleCheckpoint},
		"no signature":     {func(f *gift.File) { f.Checkpoint = f.Checkpoint[:strings.Index(f.Checkpoint, "\n\n")+2] }, gift.RuleCheckpoint},
		"another's key":    {func(f *gift.File) { f.Key = other.VerifierKey() }, gift.RuleKey},
		"no key":           {func(f *gift.File) { f.Key = "" }, gift.RuleKey},
	} {
		var changed gift.File
		if err := json.Unmarshal(file, &changed); err != nil {
			t.Fatal(err)
		}
		c.change(&changed)
		text, err := json.MarshalIndent(changed, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if r := gift.Check(append(text, '\n'), key); r.OK() || r.Findings[0].Rule != c.want {
			t.Errorf("%s: %+v, want %s", name, r.Findings, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(file)
		changed[rapid.IntRange(0, len(file)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if gift.Check(changed, key).OK() {
			t.Fatal("a changed byte passes")
		}
	})
	for name, text := range map[string]string{"nothing": "", "two": string(file) + string(file), "a field more": strings.Replace(string(file), "{", `{"name":"x",`, 1)} {
		if r := gift.Check([]byte(text), key); r.OK() || r.Findings[0].Rule != gift.RuleFormat {
			t.Errorf("%s: %+v", name, r.Findings)
		}
	}
}

func TestOnlyBookedGiftsAreProvedAndOnlyToDonations(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("g/1", 100), postingtest.Clearing("c/1", 50))
	for reference, want := range map[string]fault.Kind{"g/none": fault.NotFound, "": fault.NotFound, postingtest.Clearing("c/1", 50).GetReference(): fault.NotFound} {
		if _, err := f.proofs("donations").ProveGift(t.Context(), &ledgerv1.ProveGiftRequest{Reference: reference}); !fault.OfKind(err, want) {
			t.Errorf("%q: %v", reference, err)
		}
	}
	for _, service := range []string{"disbursements", "families", "gateway"} {
		if _, err := f.proofs(service).ProveGift(t.Context(), &ledgerv1.ProveGiftRequest{Reference: postingtest.Gift("g/1", 100).GetReference()}); !fault.OfKind(err, fault.PermissionDenied) {
			t.Errorf("to %s: %v", service, err)
		}
	}
}
