package fault_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestEachViolationSaysWhyInAWord reads the code of all services: what clients make words
// in three languages of must not be empty.
func TestEachViolationSaysWhyInAWord(t *testing.T) {
	t.Parallel()
	seen := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for lit := range violations(file) {
			seen++
			if !says(lit, "Reason") {
				t.Errorf("%s: a violation without a reason", set.Position(lit.Pos()))
			}
		}
		return nil
	})
	if err != nil || seen < 5 {
		t.Errorf("%d violations were read, %v", seen, err)
	}
}

// violations are the literals of fault.Violation in a file, those in a list with them.
func violations(file *ast.File) map[*ast.CompositeLit]bool {
	found := map[*ast.CompositeLit]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if named(lit.Type) {
			found[lit] = true
		}
		if list, ok := lit.Type.(*ast.ArrayType); ok && named(list.Elt) {
			for _, one := range lit.Elts {
				if element, ok := one.(*ast.CompositeLit); ok && element.Type == nil {
					found[element] = true
				}
			}
		}
		return true
	})
	return found
}

func named(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Violation"
}

func says(lit *ast.CompositeLit, key string) bool {
	for _, one := range lit.Elts {
		if kv, ok := one.(*ast.KeyValueExpr); ok {
			if name, ok := kv.Key.(*ast.Ident); ok && name.Name == key {
				return true
			}
		}
	}
	return false
}
