// Command ruledoc writes the tables of package rule into the documents, between the
// marks that say so.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// documents are the files of the folder docs with their tables, by name.
var documents = map[string][]string{
	"ledger-format.md": {"kinds of transaction", "kinds of decision"},
	"statements.md":    {"lines of the statements"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: ruledoc DOCS")
		os.Exit(2)
	}
	for name := range documents {
		if err := write(filepath.Join(os.Args[1], name)); err != nil {
			fmt.Fprintln(os.Stderr, "ruledoc:", err)
			os.Exit(1)
		}
	}
}

// write brings the tables of a document up to date.
func write(file string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text, err := filled(string(old), documents[filepath.Base(file)])
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if text == string(old) {
		return nil
	}
	return os.WriteFile(file, []byte(text), 0o644) //nolint:gosec // everybody may read it
}

// filled returns a document with its tables between their marks.
func filled(text string, names []string) (string, error) {
	for _, name := range names {
		begin, end := "<!-- table: "+name+"; make generate writes it -->\n", "<!-- end of table -->"
		before, rest, begun := strings.Cut(text, begin)
		_, after, ended := strings.Cut(rest, end)
		if !begun || !ended {
			return "", fmt.Errorf("there are no marks for the table %q", name)
		}
		text = before + begin + "\n" + tables[name]() + "\n" + end + after
	}
	return text, nil
}
