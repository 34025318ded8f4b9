package account_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// words are what is made in one place and typed nowhere else.
var words = []struct {
	what  string
	typed *regexp.Regexp
	// homes may type them: folders under services.
	homes []string
}{
	{"an account path, which package account makes",
		regexp.MustCompile(`^(asset|fund|round|award|transit|deficit|suspense|fx|equity):`),
		[]string{"internal/account"}},
	{"a reference of the ledger, which package reference makes",
		regexp.MustCompile(`^(donation|clearing|line|fundRelease|refund|dispute|taking|payout|stripe|round|award|payment|cash|grant|families/decisions)/` +
			`|^/(fee|gift|suspense|charge|interest|hold|release|award|emergency|cancel|submit|exchange|settle|fail|return|advance|rest|lost|reverse|proposed|approved|closed?)$` +
			`|/(acts|snapshots|commits|attempts)/`),
		[]string{"internal/posting/reference", "internal/resource", "gateway"}},
	{"a resource name, which package resource makes",
		regexp.MustCompile(`^(staff|partners|funds|pledges|donations|prisoners|prisonerImports|families|allocationRounds|awards|paymentPlans|payments|rails|statements|unmatchedLines|clearingRuns|bankGifts|stripePayouts|stripeItems|sourceLists|paymentFiles|stripeWeeks|ledger/(transactions|decisions|adjustments|periods))/`),
		[]string{"internal/resource", "gateway"}},
}

// typed lists what stands in the string literals of a file and should not.
func typed(path, text string) ([]string, error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, path, text, 0)
	if err != nil {
		return nil, err
	}
	var found []string
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			value, err := strconv.Unquote(n.Value)
			for _, w := range words {
				home := slices.ContainsFunc(w.homes, func(h string) bool { return strings.HasPrefix(path, h+"/") })
				if err == nil && n.Kind == token.STRING && w.typed.MatchString(value) && !home {
					found = append(found, fmt.Sprintf("%s:%d: %s is %s", path, files.Position(n.Pos()).Line, n.Value, w.what))
				}
			}
		}
		return true
	})
	return found, nil
}

// exempt are no production code: tests, what makes input for them, and the tools of
// development, which talk to the API as strangers do.
func exempt(path string) bool {
	folder := filepath.Base(filepath.Dir(path))
	return !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(folder, "test") || strings.HasPrefix(path, "dev/")
}

// Services share words with the ledger and with each other. Each has one home:
// whoever types one by hand books a fact twice one day, or on an account that no
// report knows.
func TestTheWordsOfTheLedgerAreMadeInOnePlace(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		path, err := filepath.Rel(root, file)
		if err != nil || exempt(path) {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		seen++
		found, err := typed(path, string(text))
		for _, f := range found {
			t.Errorf("services/%s", f)
		}
		return err
	})
	if err != nil || seen < 300 {
		t.Errorf("%d files were read: %v", seen, err)
	}
}

func TestWordsTypedByHandAreFound(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]int{
		`"fund:" + id + ":available"`: 1, "`deficit:operations`": 1, `"award:w_1"`: 1, `"refund the award: now"`: 0,
		`"payment/" + id`: 1, `x + "/fee"`: 1, `fmt.Sprintf("%s/acts/%d", a, b)`: 1, `"line/" + id + "/suspense"`: 2, `"/feed"`: 0,
		`"families/" + id + "/aidRequests/"`: 1, `"ledger/adjustments/1"`: 1, `"families"`: 0, `"partners/*/keys/*"`: 1, `"stripeWeeks/" + week`: 1,
	} {
		found, err := typed("donations/donations.go", "package p\n\n// \"fund:general:available\" in a comment\nvar v = "+literal+"\n")
		if err != nil || len(found) != want {
			t.Errorf("%s: %q, %v", literal, found, err)
		}
	}
	if found, err := typed("internal/account/path.go", "package p\n\nvar v = \"fund:general\"\n"); err != nil || len(found) != 0 {
		t.Errorf("at home: %q, %v", found, err)
	}
}
