package verify_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// lists are those of the script, which are written by hand, as its rules are.
type lists struct {
	Kinds     []string          `json:"KINDS"`
	Decisions []string          `json:"DECISIONS"`
	SetAside  []string          `json:"SET_ASIDE"`
	Credits   map[string]string `json:"CREDITS"`
	Debits    map[string]string `json:"DEBITS"`
}

func TestTheReaderInAnotherLanguageKnowsEveryKindAndWhatItMayMove(t *testing.T) {
	t.Parallel()
	// given
	if _, err := os.Stat(script); err != nil { // and so the result is not kept when the script changes
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "python3", "-B", "-c", `import json, sys
sys.path.insert(0, sys.argv[1])
import verify_bundle as v
print(json.dumps({n: getattr(v, n) for n in sys.argv[2:]}))`,
		filepath.Dir(script), "KINDS", "DECISIONS", "SET_ASIDE", "CREDITS", "DEBITS").Output()
	if err != nil {
		t.Fatal(err)
	}
	var got lists
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	// then
	want := lists{Kinds: []string{"-"}, Decisions: []string{"-"}}
	for _, d := range rule.Decisions() {
		want.Decisions = append(want.Decisions, d.Kind.String())
	}
	for _, r := range rule.Transactions() {
		want.Kinds = append(want.Kinds, r.Kind.String())
		if r.SetAside {
			want.SetAside = append(want.SetAside, r.Kind.String())
		}
	}
	want.Credits, want.Debits = moversOf(leaf.Credit), moversOf(leaf.Debit)
	if diff := cmp.Diff([][]string{want.Kinds, want.Decisions}, [][]string{got.Kinds, got.Decisions}); diff != "" {
		t.Errorf("docs/verify_bundle.py counts other kinds than package rule (-rule +script):\n%s", diff)
	}
	words := cmp.Transformer("words", func(m map[string]string) map[string][]string {
		out := map[string][]string{}
		for class, list := range m {
			out[class] = strings.Fields(list)
		}
		return out
	})
	anyOrder := cmpopts.SortSlices(strings.Compare)
	if diff := cmp.Diff(want, got, words, anyOrder); diff != "" {
		t.Errorf("docs/verify_bundle.py lets other kinds move money than package rule (-rule +script):\n%s", diff)
	}
}

// moversOf names the kinds that may move money of each guarded class. That a
// reversal may move what it reverses is said apart from them.
func moversOf(side leaf.Side) map[string]string {
	movers := map[string]string{}
	for _, class := range []account.Class{account.ClassAward, account.ClassRound} {
		for _, r := range rule.Transactions() {
			if r.Kind != leaf.Reversal && r.Moves(class, side) {
				movers[string(class)] += r.Kind.String() + " "
			}
		}
	}
	return movers
}
