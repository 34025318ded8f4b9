package fault_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
)

// words are those of the enums of the contract, by the type of their constants.
func words() map[string]map[string]bool {
	list := map[string]map[string]bool{"Reason": {}, "FieldReason": {}}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for enum, kind := range map[protoreflect.Name]string{"Reason": "Reason", "FieldReason": "FieldReason"} {
			e := f.Enums().ByName(enum)
			if e == nil || !strings.HasPrefix(string(f.Package()), "solidarity.") {
				continue
			}
			prefix := strings.TrimSuffix(string(e.Values().ByNumber(0).Name()), "UNSPECIFIED")
			for i := 1; i < e.Values().Len(); i++ {
				list[kind][strings.TrimPrefix(string(e.Values().Get(i).Name()), prefix)] = true
			}
		}
		return true
	})
	return list
}

func TestTheConstantsAreTheWordsOfTheContract(t *testing.T) {
	t.Parallel()
	f, err := parser.ParseFile(token.NewFileSet(), "reason.gen.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]bool{"Reason": {}, "FieldReason": {}}
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			got[spec.Type.(*ast.Ident).Name][word] = true
		}
		return true
	})
	if diff := cmp.Diff(words(), got); diff != "" {
		t.Errorf("run make generate (-contract +constants):\n%s", diff)
	}
}

func TestTheDocumentSaysOfEachReasonWhatToDo(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/reasons.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range words() {
		for word := range list {
			_, rest, found := strings.Cut(string(text), "| "+word+" | ")
			if about, _, _ := strings.Cut(rest, " |\n"); !found || !strings.HasSuffix(about, ".") {
				t.Errorf("docs/reasons.md says of %s %q", word, about)
			}
		}
	}
}

// typed returns the texts in a Go file that stand where a reason belongs: given to
// a function of package fault, or put beside Reason.
func typed(f *ast.File) (list []string) {
	text := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING && lit.Value != `""` {
			list = append(list, lit.Value)
		}
	}
	named := func(e ast.Expr, name string) bool {
		s, ok := e.(*ast.SelectorExpr)
		return ok && s.Sel.Name == name
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			s, ok := n.Fun.(*ast.SelectorExpr)
			if pkg, isPkg := receiver(s, ok); isPkg && pkg == "fault" && (s.Sel.Name == "New" || s.Sel.Name == "Is" || s.Sel.Name == "Field") {
				text(n.Args[1])
			}
		case *ast.AssignStmt:
			if named(n.Lhs[0], "Reason") {
				text(n.Rhs[0])
			}
		case *ast.BinaryExpr:
			if named(n.X, "Reason") {
				text(n.Y)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
				text(n.Value)
			}
		}
		return true
	})
	return list
}

func receiver(s *ast.SelectorExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return "", false
	}
	return x.Name, true
}

func TestNoReasonIsTypedAsText(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path == "../../dev":
			return fs.SkipDir // a client of the fund has only words
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		for _, text := range typed(f) {
			t.Errorf("%s: the reason %s is typed: use its constant", path, text)
		}
		return nil
	})
	if err != nil || seen < 400 {
		t.Errorf("%d files: %v", seen, err)
	}
}

func TestATypedReasonIsFound(t *testing.T) {
	t.Parallel()
	source := `package p
func f() {
	_ = fault.New(fault.Invalid, "A", "a")
	_ = fault.Is(err, "B")
	_ = fault.Field("x", "C", "c")
	f.Reason = "D"
	if p.Reason == "E" {}
	_ = fault.Fault{Reason: "F"}
	_ = fault.New(fault.Invalid, reason.FundClosed, "g")
}`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := typed(f); strings.Join(got, "") != `"A""B""C""D""E""F"` {
		t.Errorf("found %q", got)
	}
}
