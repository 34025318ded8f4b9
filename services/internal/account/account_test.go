package account_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/account"
)

func TestPathsOfTheGrammarAreRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("z", account.MaxSegment)
	limited := map[string]bool{
		"asset:stripe": false, "asset:bank:main": false, "asset:cash:s_1": false,
		"fund:general:available": true, "fund:general:clearing": true, "round:r_1:general": true,
		"round:" + long + ":" + long: true, "award:w_1": true, "transit:sepa": true, "transit:refunds": true,
		"transit:stripe-payout": false, "deficit:general": false, "suspense:stripe": false,
		"suspense:bank:main": false, "fx:EUR:PLN": false, "fx:gain_loss": false, "equity:opening": false,
	}
	for path, want := range limited {
		p, err := account.Parse(path)
		if err != nil || p.Limited != want || account.Limited(path) != want {
			t.Errorf("%s: %+v, %v", path, p, err)
		}
		if got := string(p.Class) + ":" + strings.Join(p.Parts, ":"); got != path || len(path) > account.MaxLen || !p.Class.Known() {
			t.Errorf("%s was read as %s", path, got)
		}
	}
	want := account.Path{Class: account.ClassRound, Parts: []string{"r_1", "general"}, Limited: true}
	if got, _ := account.Parse("round:r_1:general"); cmp.Diff(want, got) != "" {
		t.Error(cmp.Diff(want, got))
	}
}

func TestPathsOutsideTheGrammarAreRefused(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"", ":", "asset", "asset:", "asset:paypal", "asset:bank", "asset:bank:", "asset:bank:a:b", "fund:general",
		"fund:general:spent", "fund:General:available", "fund::available", "fund:_a:available", "round:r_1",
		"award:w_1:x", "award:" + strings.Repeat("z", account.MaxSegment+1), "award:w 1", "award:é", "award:-a",
		"transit:", "transit:a:b", "deficit", "suspense:a:b:c", "fx:EUR:EUR", "fx:EUR:pln", "fx:EUR", "fx:a_b",
		"equity:retained", "income:gifts", "Asset:stripe", "asset:stripe ", "asset:stripe\n",
	} {
		if p, err := account.Parse(path); err == nil || account.Limited(path) {
			t.Errorf("%q was read as %+v", path, p)
		}
	}
}

func TestARefusalSaysWhatAPathMayBe(t *testing.T) {
	t.Parallel()
	const segment = "has a part that is not 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit"
	for path, want := range map[string]string{
		"": "must begin with", "income:gifts": "must begin with", "Fund:general:available": "must begin with",
		"asset:paypal": "must be asset:stripe, asset:bank:{bank} or asset:cash:{holder}",
		"fund:general": "must be fund:{fund}:clearing or fund:{fund}:available", "round:r_1": "must be round:{round}:{fund}",
		"award": "must be award:{award}", "transit:a:b": "must be transit:{rail}", "deficit:": "must be deficit:{fund}",
		"suspense:a:b:c": "must be suspense:{where}", "fx:EUR:EUR": "must be fx:{currency}:{other currency}", "equity:x": "must be equity:opening",
		"fund:General:available": segment, "award:w 1": segment,
	} {
		if _, err := account.Parse(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", path, err, want)
		}
	}
}
