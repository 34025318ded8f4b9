package verify_test

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// history is a server that has published three checkpoints, the last of them over
// two tiles of leaves with a closed period.
func history(t *testing.T) *bundletest.Server {
	t.Helper()
	l := bundletest.Story(t).Gifts(400)
	l.Close("2026-11-01", "2026-11-20", "2026-11-23")
	all := l.Leaves
	s := &bundletest.Server{}
	for _, size := range []int{5, 256} {
		l.Leaves = all[:size]
		s.Publish(l.Seal(t))
	}
	l.Leaves = all
	full := l.Gifts(3).Seal(t).Serve()
	full.Published = append(s.Published, full.Published...)
	full.Published[2].Previous = 256
	return full
}

// ask verifies a server.
func ask(t *testing.T, s *bundletest.Server, o verify.Options) verify.Report {
	t.Helper()
	o.Source, o.Keys, o.TempDir = s, []note.Verifier{s.Key(t)}, t.TempDir()
	report, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestARightServerIsRight(t *testing.T) {
	t.Parallel()
	s := history(t)
	r := ask(t, s, verify.Options{Kept: s.Published[1].Note})
	if !r.OK() || !r.Compared || !r.Continued || r.Checkpoints != 3 || r.Closes != 1 {
		t.Errorf("%+v", r)
	}
	empty := bundletest.New(t).Seal(t).Serve()
	if r := ask(t, empty, verify.Options{}); !r.OK() || !r.Compared || r.Checkpoints != 1 {
		t.Errorf("empty: %+v", r)
	}
}

// pick returns the first record for which what is not nil.
func pick[T any](s *bundletest.Server, what func(tables.Record) *T) *T {
	i := slices.IndexFunc(s.Records, func(r tables.Record) bool { return what(r) != nil })
	return what(s.Records[i])
}

func TestEachWrongRowOfATableIsNamed(t *testing.T) {
	t.Parallel()
	balance := func(s *bundletest.Server) *tables.Balance {
		return pick(s, func(r tables.Record) *tables.Balance {
			if r.Balance != nil && r.Balance.Path == "award:w_1" {
				return r.Balance
			}
			return nil
		})
	}
	day := func(s *bundletest.Server) *tables.Day {
		return pick(s, func(r tables.Record) *tables.Day { return r.Day })
	}
	without := func(s *bundletest.Server, gone tables.Record) {
		s.Records = slices.DeleteFunc(s.Records, func(r tables.Record) bool { return r == gone })
	}
	for name, c := range map[string]struct {
		want   string
		change func(s *bundletest.Server)
	}{
		"debits":         {"BALANCES: the server has debits of 6001 and credits of 6000 EUR on award:w_1", func(s *bundletest.Server) { balance(s).Debits++ }},
		"credits":        {"BALANCES: the server has debits of 6000 and credits of 0 EUR on award:w_1", func(s *bundletest.Server) { balance(s).Credits = 0 }},
		"limit":          {"BALANCES: the server takes award:w_1 in EUR for limited: false", func(s *bundletest.Server) { balance(s).Limited = false }},
		"another path":   {"BALANCES: the server has an account award:w_2 in EUR", func(s *bundletest.Server) { balance(s).Path = "award:w_2" }},
		"no balance":     {"BALANCES: the server has no balance of award:w_1 in EUR", func(s *bundletest.Server) { without(s, tables.Record{Balance: balance(s)}) }},
		"twice":          {"BALANCES: the server has an account award:w_1", func(s *bundletest.Server) { s.Records = append(s.Records, tables.Record{Balance: balance(s)}) }},
		"a day's sum":    {"DAY_TOTALS: the server has debits of", func(s *bundletest.Server) { day(s).Debits++ }},
		"another day":    {"DAY_TOTALS: the server has a total of", func(s *bundletest.Server) { day(s).Date = "1999-01-01" }},
		"no day":         {"DAY_TOTALS: the server has no total of", func(s *bundletest.Server) { without(s, tables.Record{Day: day(s)}) }},
		"a wide kind":    {"DAY_TOTALS: the server has a total of", func(s *bundletest.Server) { day(s).Kind += 256 }},
		"an open day":    {`HEAD: the head's first open day is "2026-11-20"`, func(s *bundletest.Server) { s.Records[0].Head.Open = "2026-11-20" }},
		"another ledger": {"HEAD: the head is of the ledger other", func(s *bundletest.Server) { s.Records[0].Head.Ledger = "other" }},
		"no head":        {"HEAD: the server shows no head", func(s *bundletest.Server) { s.Records = s.Records[1:] }},
		"its own word":   {"TABLES: rows too many", func(s *bundletest.Server) { s.Records = append(s.Records, tables.Record{Wrong: "rows too many"}) }},
		"silence":        {"MISSING: the server does not show its books", func(s *bundletest.Server) { s.Silent = true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := history(t)
			c.change(s)
			r := ask(t, s, verify.Options{})
			if len(r.Findings) == 0 || !strings.Contains(lines(r), c.want) {
				t.Errorf("found %q, want %q", lines(r), c.want)
			}
		})
	}
}

func lines(r verify.Report) string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, f.String())
	}
	return strings.Join(all, "\n")
}

func TestEachWrongCheckpointIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		want   string
		change func(s *bundletest.Server)
	}{
		"size":      {"the checkpoint of 250 leaves is not what its note says, which is about 256", func(s *bundletest.Server) { s.Published[1].Size = 250 }},
		"root":      {"the checkpoint of 256 leaves is not what its note says", func(s *bundletest.Server) { s.Published[1].Root[0] ^= 1 }},
		"note":      {"the checkpoint of 256 leaves is not signed by the given key", func(s *bundletest.Server) { s.Published[1].Note = retouch(s.Published[1].Note, -30) }},
		"spare bit": {"the checkpoint of 256 leaves cannot be read", func(s *bundletest.Server) { s.Published[1].Note = retouch(s.Published[1].Note, -3) }},
		"added":     {"the checkpoint of 256 leaves was added: the checkpoint of 446 leaves did not", func(s *bundletest.Server) { s.Published[2].Previous = 5 }},
		"no note":   {"the checkpoint of 256 leaves cannot be read", func(s *bundletest.Server) { s.Published[1].Note = nil }},
		"deleted": {"the checkpoint of 256 leaves is missing, after which the checkpoint of 446 leaves came", func(s *bundletest.Server) {
			s.Published = slices.Delete(s.Published, 1, 2)
		}},
		"deleted, and kept by others": {"the kept checkpoint is not among", func(s *bundletest.Server) {
			s.Published[2].Previous = 5
			s.Published = slices.Delete(s.Published, 1, 2)
		}},
		"of another log": {"is of another log", func(s *bundletest.Server) { s.Published[0].Note = sign(s, "other.test", s.Published[0].Root) }},
		"of another history": {"the leaves do not make the root of the checkpoint of 5 leaves", func(s *bundletest.Server) {
			s.Published[0].Root = [32]byte{1}
			s.Published[0].Note = sign(s, bundletest.Origin, s.Published[0].Root)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := history(t)
			kept := s.Published[1].Note
			c.change(s)
			if r := ask(t, s, verify.Options{Kept: kept}); !strings.Contains(lines(r), "CHECKPOINTS: ") || !strings.Contains(lines(r), c.want) {
				t.Errorf("found %q, want %q", lines(r), c.want)
			}
		})
	}
}

// retouch changes a lowest bit of the base64 digit at a place from the end.
func retouch(signed []byte, at int) []byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	out := slices.Clone(signed)
	i := strings.IndexByte(digits, out[len(out)+at])
	out[len(out)+at] = digits[i^1]
	return out
}

// sign signs a checkpoint of 5 leaves with the log's seed under an origin.
func sign(s *bundletest.Server, origin string, root [32]byte) []byte {
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Size: 5, Root: root}, s.Signer)
	if err != nil {
		panic(err)
	}
	return signed
}

func TestAWrongCosignatureOfAnOlderCheckpointIsNamed(t *testing.T) {
	t.Parallel()
	w, err := checkpoint.NewCosigner("witness.test", make([]byte, 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	l := bundletest.Story(t)
	// the log's key stands in the policy too
	policy, err := checkpoint.ParsePolicy([]byte("log " + l.Signer.VerifierKey() + "\nwitness w " + w.VerifierKey() + "\nquorum w\n"))
	if err != nil {
		t.Fatal(err)
	}
	l.Cosigners = []note.Signer{w}
	s := &bundletest.Server{}
	s.Publish(l.Seal(t))
	s.Publish(l.Gifts(9).Seal(t))
	full := l.Serve()
	full.Published = s.Published
	if r := ask(t, full, verify.Options{Policy: &policy}); !r.OK() || !r.Witnessed {
		t.Errorf("right: %+v", r)
	}
	full.Published[0].Note = retouch(full.Published[0].Note, -30)
	if r := ask(t, full, verify.Options{Policy: &policy}); !strings.Contains(lines(r), "checkpoint of 40 leaves is not signed by the given key: open checkpoint: the signature of witness.test is wrong") {
		t.Errorf("wrong: %+v", r)
	}
}

// rotated is a server whose log was signed by one key, then with a decision for
// another, by both, and then by that one alone.
func rotated(t *testing.T, both bool) (s *bundletest.Server, old, fresh string) {
	t.Helper()
	l := bundletest.Story(t)
	one := l.Signer
	two, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	s = &bundletest.Server{}
	s.Publish(l.Seal(t))
	d := l.Decide(leaf.DecisionSigningKeyRotated, "2026-11-23", "ledger/main/keys/2", "", two.VerifierKey())
	if d.Commitment != sha256.Sum256([]byte(two.VerifierKey())) {
		t.Fatal("the decision does not commit to the key")
	}
	l.Signer = two
	if both {
		l.Cosigners = []note.Signer{one}
	}
	s.Publish(l.Seal(t))
	l.Cosigners = nil
	s.Publish(l.Gifts(300).Seal(t))
	full := l.Serve()
	endorsed, err := checkpoint.Endorse(one, 2, two.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	full.Published, full.Keys = s.Published, []tables.Key{{Verifier: one.VerifierKey()}, {Verifier: two.VerifierKey(), Endorsement: endorsed}}
	return full, one.VerifierKey(), two.VerifierKey()
}

func TestAnOldKeyVouchesForTheNewOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		both, fresh bool
		want        string // empty for nothing
	}{
		"the old key":                   {both: true},
		"the new key":                   {both: true, fresh: true},
		"the old key, without its word": {want: "SIGNATURE: the checkpoint is not signed by the given key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, old, fresh := rotated(t, c.both)
			given := map[bool]string{false: old, true: fresh}[c.fresh]
			key, err := checkpoint.ParseVerifier(given)
			if err != nil {
				t.Fatal(err)
			}
			r, err := verify.Run(t.Context(), verify.Options{Source: s, Keys: []note.Verifier{key}, TempDir: t.TempDir()})
			if err != nil || r.Signed != (c.want == "") || r.OK() != (c.want == "") || !strings.Contains(lines(r), c.want) {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

func TestADecisionThatNoTrustedKeyHasSignedVouchesForNothing(t *testing.T) {
	t.Parallel()
	s, old, _ := rotated(t, true)
	key, err := checkpoint.ParseVerifier(old)
	if err != nil {
		t.Fatal(err)
	}
	s.Published = slices.Delete(s.Published, 1, 2)
	s.Published[1].Previous = s.Published[0].Size
	r, err := verify.Run(t.Context(), verify.Options{Source: s, Keys: []note.Verifier{key}, TempDir: t.TempDir()})
	if err != nil || r.Signed || !strings.Contains(lines(r), "CHECKPOINTS: the checkpoint of 341 leaves is not signed by the given key") {
		t.Errorf("%+v, %v", r, err)
	}
}
