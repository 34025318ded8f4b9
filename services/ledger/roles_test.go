package ledger_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Tests may say that people decide without grants; no program may.
func TestNoProgramTakesDecisionsWithoutRoles(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{
		"ledger/internal/store/load.go":      true, // passes on what a test has said of the store
		"ledger/ledgertest/memory.go":        true, // is for tests only
		"ledger/internal/audittest/audit.go": true, // is for tests only
	}
	found := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if name, _ := filepath.Rel("..", path); bytes.Contains(text, []byte(".WithoutRoles(")) || bytes.Contains(text, []byte("Anybody:")) {
			if found++; !allowed[filepath.ToSlash(name)] {
				t.Errorf("%s asks for no roles", name)
			}
		}
		return err
	})
	if err != nil || found != len(allowed) {
		t.Errorf("%d calls, %v", found, err)
	}
}
