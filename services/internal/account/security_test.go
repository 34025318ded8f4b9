package account_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEachRowOfTheSecurityTableNamesTestsThatAreThere holds SECURITY.md against the code:
// what it says of each database, key and certificate is shown by tests of these names.
func TestEachRowOfTheSecurityTableNamesTestsThatAreThere(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(document), "| seized |")
	table, _, _ = strings.Cut(table, "\n\n")
	there, rows := testNames(t, "../.."), 0
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || strings.TrimSpace(cells[2]) == "" {
			t.Errorf("no test shows%s", cells[0])
			continue
		}
		for name := range strings.SplitSeq(cells[2], ",") {
			if !there[strings.TrimSpace(name)] {
				t.Errorf("there is no test %s, which shall show%s", strings.TrimSpace(name), cells[0])
			}
		}
	}
	if rows < 15 || there["TestThatIsNotThere"] {
		t.Errorf("%d rows", rows)
	}
}

func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	declared, names := regexp.MustCompile(`(?m)^func (Test\w+)\(`), map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, found := range declared.FindAllSubmatch(b, -1) {
			names[string(found[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
