package account_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// builderHomes are the folders whose functions make amounts, lines and drafts for
// all tests.
var builderHomes = []string{"internal/posting/postingtest", "ledger/internal/book/booktest"}

// builderNames are words that mean a function of those folders.
var builderNames = regexp.MustCompile(`^(?i:euros?|debit|credit|draft|gift|clearing)$`)

// builtTypes are what the functions of those folders make, by the end of the path
// of their package.
var builtTypes = []string{
	"services/internal/money.Amount", "solidarity/type/v1.Money",
	"solidarity/ledger/v1.EntryDraft", "solidarity/ledger/v1.TransactionDraft",
	"ledger/internal/book.Entry", "ledger/internal/book.Draft",
}

// imported is a file with the packages that its names stand for.
type imported struct {
	*ast.File
	packages map[string]string
}

func parseImported(files *token.FileSet, name, text string) (imported, error) {
	f, err := parser.ParseFile(files, name, text, 0)
	if err != nil {
		return imported{}, err
	}
	out := imported{f, map[string]string{}}
	for _, spec := range f.Imports {
		at := strings.Trim(spec.Path.Value, `"`)
		as := path.Base(at)
		if spec.Name != nil {
			as = spec.Name.Name
		}
		out.packages[as] = at
	}
	return out, nil
}

// built is which of builtTypes an expression names, through pointers and slices.
func (f imported) built(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return f.built(e.X)
	case *ast.ArrayType:
		return f.built(e.Elt)
	case *ast.SelectorExpr:
		if of, ok := e.X.(*ast.Ident); ok {
			full := f.packages[of.Name] + "." + e.Sel.Name
			if slices.ContainsFunc(builtTypes, func(t string) bool { return strings.HasSuffix(full, "/"+t) }) {
				return full
			}
		}
	}
	return ""
}

// writesOut says whether a literal spells out what it is of. A list of what others
// made does not.
func writesOut(c *ast.CompositeLit) bool {
	if _, list := c.Type.(*ast.ArrayType); !list {
		return len(c.Elts) > 0
	}
	return slices.ContainsFunc(c.Elts, func(e ast.Expr) bool {
		element, ok := e.(*ast.CompositeLit)
		return ok && element.Type == nil
	})
}

// makes says whether a function returns one of builtTypes that it writes out itself.
func (f imported) makes(signature *ast.FuncType, body *ast.BlockStmt) bool {
	if signature.Results == nil || body == nil {
		return false
	}
	returned := map[string]bool{}
	for _, r := range signature.Results.List {
		returned[f.built(r.Type)] = true
	}
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if c, ok := n.(*ast.CompositeLit); ok {
			of := f.built(c.Type)
			found = found || of != "" && returned[of] && writesOut(c)
		}
		return true
	})
	return found
}

// ownBuilders lists the functions of a test's file that make, or are called as, what
// tests share.
func ownBuilders(name, text string) ([]string, error) {
	files := token.NewFileSet()
	f, err := parseImported(files, name, text)
	if err != nil {
		return nil, err
	}
	var found []string
	ast.Inspect(f.File, func(n ast.Node) bool {
		own := false
		switch n := n.(type) {
		case *ast.FuncDecl:
			own = n.Recv == nil && builderNames.MatchString(n.Name.Name) || f.makes(n.Type, n.Body)
		case *ast.FuncLit:
			own = f.makes(n.Type, n.Body)
		}
		if own {
			found = append(found, fmt.Sprintf("%s:%d", name, files.Position(n.Pos()).Line))
		}
		return true
	})
	return found, nil
}

// Amounts, lines and drafts of tests are made in two packages, so that a change of
// what a draft is touches these, and a word means the same in every test.
func TestNoTestMakesDraftsOfItsOwn(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, file)
		if err != nil || !forTests(name) || slices.Contains(builderHomes, filepath.Dir(name)) {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		seen++
		found, err := ownBuilders(name, string(text))
		for _, f := range found {
			t.Errorf(`services/%s: see "Words that tests share" in CONTRIBUTING`, f)
		}
		return err
	})
	if err != nil || seen < 200 {
		t.Errorf("%d files were read: %v", seen, err)
	}
}

// forTests says whether a file is a test or of a package that only tests use.
func forTests(name string) bool {
	return strings.HasSuffix(name, "_test.go") ||
		strings.HasSuffix(name, ".go") && strings.HasSuffix(filepath.Dir(name), "test")
}

func TestADraftOfATestsOwnIsFound(t *testing.T) {
	t.Parallel()
	const file = `package p

import (
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	other "github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
)

`
	for function, want := range map[string]int{
		`func euro() int { return 1 }`:                                                            1,
		`func Gift() string { return "a present" }`:                                               1,
		`func gifts() int { return 1 }`:                                                           0,
		`func (b *bench) gift() int { return 1 }`:                                                 0,
		`func five() *typev1.Money { return &typev1.Money{MinorUnits: 5} }`:                       1,
		`func (b *bench) five() other.Amount { return other.Amount{MinorUnits: 5} }`:              1,
		`var five = func() (other.Amount, error) { return other.Amount{MinorUnits: 5}, nil }`:     1,
		`func none() (other.Amount, error) { return other.Amount{}, nil }`:                        0,
		`func lines() []book.Entry { return []book.Entry{{Account: "asset:stripe"}} }`:            1,
		`func lines() []book.Entry { return []book.Entry{booktest.Debit("asset:stripe", 1)} }`:    0,
		`func unit() book.Unit { return book.NewUnit([]book.Draft{{Reference: "r"}}) }`:           0,
		`func late() book.Draft { d := booktest.Gift("r", 1); d.OccurredOn -= 9; return d }`:      0,
		`func late() book.Draft { d := book.Draft{Reference: "r"}; d.OccurredOn -= 9; return d }`: 1,
		`func count() strange.Amount { return strange.Amount{MinorUnits: 5} }`:                    0,
	} {
		found, err := ownBuilders("p/p_test.go", file+function+"\n")
		if err != nil || len(found) != want {
			t.Errorf("%s: %q, %v", function, found, err)
		}
	}
}
