package verify_test

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// trusting verifies with keys as text.
func trusting(t *testing.T, src bundle.Source, vkeys ...string) verify.Report {
	t.Helper()
	o := verify.Options{Source: src, TempDir: t.TempDir()}
	for _, text := range vkeys {
		key, err := checkpoint.ParseVerifier(text)
		if err != nil {
			t.Fatal(err)
		}
		o.Keys = append(o.Keys, key)
	}
	r, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A leaf for a key of his own is what anybody can add who writes to the database;
// the old key's checkpoint over it does not make that key one of the log.
func TestAKeyThatTheOldOneHasNotEndorsedIsNotTrusted(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bundletest.Server){
		"no endorsement":       func(s *bundletest.Server) { s.Keys[1].Endorsement = "" },
		"one by itself":        func(s *bundletest.Server) { s.Keys[1].Endorsement = endorse(t, s.Signer, 2, s.Signer) },
		"of another number":    func(s *bundletest.Server) { s.Keys = append(s.Keys[:1:1], s.Keys[0], s.Keys[1]) },
		"the key is kept back": func(s *bundletest.Server) { s.Keys = s.Keys[:1] },
	} {
		s, old, fresh := rotated(t, true)
		change(s)
		r := trusting(t, s, old)
		if r.Signed || !strings.Contains(lines(r), "entry 40: CHECKPOINTS: changes the signing key to a key that is neither given nor endorsed") {
			t.Errorf("%s: %+v", name, r)
		}
		if r := trusting(t, s, fresh); !r.OK() || !r.Signed { // who has the new key needs nobody's word
			t.Errorf("%s, with the new key: %+v", name, r)
		}
	}
}

func endorse(t *testing.T, by *checkpoint.Signer, generation int, about *checkpoint.Signer) string {
	t.Helper()
	out, err := checkpoint.Endorse(by, generation, about.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// stolen is a server whose old key signs on alone after its change.
func stolen(t *testing.T) (s *bundletest.Server, old, fresh string) {
	t.Helper()
	l := bundletest.Story(t)
	two, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	l.Decide(leaf.DecisionSigningKeyRotated, "2026-11-23", "ledger/main/keys/2", "", two.VerifierKey())
	l.Cosigners = []note.Signer{two}
	first := &bundletest.Server{}
	first.Publish(l.Seal(t))
	l.Cosigners = nil
	first.Publish(l.Gifts(3).Seal(t))
	s = l.Serve()
	s.Published = first.Published
	s.Keys = []tables.Key{{Verifier: l.Signer.VerifierKey()}, {Verifier: two.VerifierKey(), Endorsement: endorse(t, l.Signer, 2, two)}}
	return s, l.Signer.VerifierKey(), two.VerifierKey()
}

func TestAHeadThatTheOldKeySignsAloneAfterItsChangeIsFound(t *testing.T) {
	t.Parallel()
	s, old, fresh := stolen(t)
	for name, keys := range map[string][]string{"both": {old, fresh}, "the other way": {fresh, old}, "the old one": {old}} {
		r := trusting(t, s, keys...)
		if r.Signed || !strings.Contains(lines(r), "CHECKPOINTS: the checkpoint of 44 leaves is signed by an old key alone: leaf 40 names a newer one") ||
			!strings.Contains(lines(r), "SIGNATURE: the checkpoint is not signed by the given key: signed by an old key alone") {
			t.Errorf("%s: %+v", name, r)
		}
		if r := trusting(t, s.Log, keys...); r.Signed || !strings.Contains(lines(r), "SIGNATURE: ") { // as an export, without a list
			t.Errorf("%s, exported: %+v", name, r)
		}
	}
}
