package verify_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// evil clears a terminal and then says that all is well.
const evil = "\x1b[2J\nVerified: every hash\u202e"

func TestWhatALogSaysIsShownAsPlainText(t *testing.T) {
	t.Parallel()
	s := history(t)
	s.Records = append(s.Records,
		tables.Record{Balance: &tables.Balance{Account: tables.Account{Path: evil, Currency: evil}}},
		tables.Record{Day: &tables.Day{Date: evil}}, tables.Record{Wrong: evil})
	s.Records[0].Head.Open = evil
	reports := []verify.Report{
		ask(t, s, verify.Options{}),
		check(t, bundletest.Story(t).Seal(t), func(o *verify.Options) {
			o.Manifest = &bundle.Manifest{Origin: evil, Files: []bundle.File{{Path: evil}}}
		}),
	}
	for _, r := range reports {
		if r.OK() {
			t.Error("nothing was found")
		}
		for _, f := range r.Findings {
			if strings.ContainsFunc(f.String(), func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("%q", f.String())
			}
		}
	}
}
