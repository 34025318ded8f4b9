package resource_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// prefixes are the values of kind.go, by the constant's name.
func prefixes(t *testing.T, source any) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "kind.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if list[spec.Names[0].Name], err = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value); err != nil {
				t.Fatal(err)
			}
		}
		return true
	})
	return list
}

// clashes are the prefixes that several kinds have.
func clashes(kinds map[string]string) []string {
	seen, twice := map[string]bool{}, []string(nil)
	for _, prefix := range kinds {
		if seen[prefix] {
			twice = append(twice, prefix)
		}
		seen[prefix] = true
	}
	return twice
}

func TestNoTwoKindsShareAPrefix(t *testing.T) {
	t.Parallel()
	kinds := prefixes(t, nil)
	if len(kinds) < 25 {
		t.Errorf("only %d kinds were found", len(kinds))
	}
	if twice := clashes(kinds); twice != nil {
		t.Errorf("several kinds have %q", twice)
	}
	for name, prefix := range kinds {
		if !regexp.MustCompile(`^[a-z]{1,4}$`).MatchString(prefix) {
			t.Errorf("%s is %q", name, prefix)
		}
	}
	// and a clash is found
	clash := "package resource\nconst (\n\tKindA Kind = \"a\"\n\tKindB Kind = \"a\"\n)\n"
	if twice := clashes(prefixes(t, clash)); len(twice) != 1 {
		t.Errorf("a clash was not found: %q", twice)
	}
}

// The prefixes are in the table alone: no text is given to NewID.
func TestIDsAreMadeOfKindsOnly(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			_, text := call.Args[0].(*ast.BasicLit)
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "NewID" && text {
				t.Errorf("%s: NewID of a text", path)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
