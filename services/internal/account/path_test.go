package account_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/account"
)

// constructor is a function that makes a path out of ids.
type constructor struct {
	ids  int
	make func(ids ...string) string
	// example is what it makes of "a" and "b", or of "EUR" and "PLN".
	example string
	class   account.Class
	limited bool
}

func fixed(f func() string) func(...string) string {
	return func(...string) string { return f() }
}

func ofOne(f func(string) string) func(...string) string {
	return func(ids ...string) string { return f(ids[0]) }
}

func ofTwo(f func(a, b string) string) func(...string) string {
	return func(ids ...string) string { return f(ids[0], ids[1]) }
}

var constructors = map[string]constructor{
	"Stripe":              {0, fixed(account.Stripe), "asset:stripe", account.ClassAsset, false},
	"Bank":                {1, ofOne(account.Bank), "asset:bank:a", account.ClassAsset, false},
	"Cash":                {1, ofOne(account.Cash), "asset:cash:a", account.ClassAsset, false},
	"FundClearing":        {1, ofOne(account.FundClearing), "fund:a:clearing", account.ClassFund, true},
	"FundAvailable":       {1, ofOne(account.FundAvailable), "fund:a:available", account.ClassFund, true},
	"Round":               {2, ofTwo(account.Round), "round:a:b", account.ClassRound, true},
	"Award":               {1, ofOne(account.Award), "award:a", account.ClassAward, true},
	"Transit":             {1, ofOne(account.Transit), "transit:a", account.ClassTransit, true},
	"TransitRefunds":      {0, fixed(account.TransitRefunds), "transit:refunds", account.ClassTransit, true},
	"TransitStripePayout": {0, fixed(account.TransitStripePayout), "transit:stripe-payout", account.ClassTransit, false},
	"Deficit":             {1, ofOne(account.Deficit), "deficit:a", account.ClassDeficit, false},
	"SuspenseBank":        {1, ofOne(account.SuspenseBank), "suspense:bank:a", account.ClassSuspense, false},
	"SuspenseStripe":      {0, fixed(account.SuspenseStripe), "suspense:stripe", account.ClassSuspense, false},
	"FX":                  {2, ofTwo(account.FX), "fx:EUR:PLN", account.ClassFX, false},
	"FXGainLoss":          {0, fixed(account.FXGainLoss), "fx:gain_loss", account.ClassFX, false},
	"EquityOpening":       {0, fixed(account.EquityOpening), "equity:opening", account.ClassEquity, false},
}

func TestEachConstructorMakesItsPath(t *testing.T) {
	t.Parallel()
	for name, c := range constructors {
		ids := []string{"a", "b"}
		if name == "FX" {
			ids = []string{"EUR", "PLN"}
		}
		path := c.make(ids...)
		p, err := account.Parse(path)
		if path != c.example || err != nil || p.Class != c.class || p.Limited != c.limited {
			t.Errorf("%s made %s, which is %+v, %v", name, path, p, err)
		}
	}
	if got := exported(t, "path.go"); !slices.Equal(got, keys(constructors)) {
		t.Errorf("path.go has %v, the table above %v", got, keys(constructors))
	}
}

// An id that is no segment, however chosen, leads to no account; one that is leads
// to an account that no other ids lead to.
func TestAConstructorLeadsToNoAccountButItsOwn(t *testing.T) {
	t.Parallel()
	names := keys(constructors)
	rapid.Check(t, func(r *rapid.T) {
		c := constructors[rapid.SampledFrom(names).Draw(r, "constructor")]
		ids := rapid.SliceOfN(anyID, c.ids, c.ids).Draw(r, "ids")
		path := c.make(ids...)
		p, err := account.Parse(path)
		if want := inGrammar(c.class, ids); (err == nil) != want {
			r.Fatalf("%q of %q: %v", path, ids, err)
		}
		if err != nil {
			return
		}
		if p.Class != c.class || p.Limited != c.limited || len(path) > account.MaxLen {
			r.Fatalf("%q of %q is %+v", path, ids, p)
		}
		other := constructors[rapid.SampledFrom(names).Draw(r, "other")]
		others := rapid.SliceOfN(anyID, other.ids, other.ids).Draw(r, "other ids")
		same := other.example == c.example && slices.Equal(ids, others)
		if other.make(others...) == path && !same {
			r.Fatalf("%q is also made of %q", path, others)
		}
	})
}

// anyID is now and then a segment, a currency, what other accounts are called, or
// something that would be another account if it were taken as it is.
var anyID = rapid.OneOf(
	rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,39}`),
	rapid.SampledFrom([]string{
		"", "a", "EUR", "PLN", "refunds", "stripe-payout", "stripe", "bank", "gain_loss", "opening", "main:x", "x:available", ":", "A b", "bank:main",
	}),
	rapid.String(),
)

func inGrammar(class account.Class, ids []string) bool {
	if class == account.ClassFX {
		return len(ids) == 0 || account.Currency(ids[0]) && account.Currency(ids[1]) && ids[0] != ids[1]
	}
	for _, id := range ids {
		if !account.Segment(id) || class == account.ClassTransit && (id == "refunds" || id == "stripe-payout") {
			return false
		}
	}
	return true
}

// exported lists the exported functions of a file of the package.
func exported(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.IsExported() {
			names = append(names, fn.Name.Name)
		}
	}
	slices.SortFunc(names, strings.Compare)
	return names
}

func keys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.SortFunc(list, strings.Compare)
	return list
}
