package weaken_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/weaken"
)

// tree is a small module with the program in it.
func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                      "module example\n\ngo 1.25\n",
		"cmd/solidarity-dev/main.go":  "package main\n\nimport (\n\t_ \"embed\"\n\t\"fmt\"\n)\n\n//go:embed rule.sql\nvar rule string\n\nfunc main() { fmt.Print(\"two persons, \" + rule) }\n",
		"cmd/solidarity-dev/rule.sql": "CHECK",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAProgramIsBuiltWithRulesSwitchedOffAndTheSourceStaysAsItIs(t *testing.T) {
	t.Setenv("GOWORK", "off")
	// given
	dir := tree(t)
	source := filepath.Join("cmd", "solidarity-dev", "main.go")
	before, err := os.ReadFile(filepath.Join(dir, source))
	if err != nil {
		t.Fatal(err)
	}
	// when two changes are made in one file, and one in what is embedded
	program, err := weaken.Build(t.Context(), dir, t.TempDir(),
		weaken.Change{File: source, Old: "two", New: "one"},
		weaken.Change{File: source, Old: "persons", New: "person"},
		weaken.Change{File: filepath.Join("cmd", "solidarity-dev", "rule.sql"), Old: "CHECK", New: "no check"})
	if err != nil {
		t.Fatal(err)
	}
	// then the program has them all, and the source none
	out, err := exec.CommandContext(t.Context(), program).Output()
	if err != nil || string(out) != "one person, no check" {
		t.Errorf("it says %q: %v", out, err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, source)); err != nil || string(after) != string(before) {
		t.Errorf("the source has become %s: %v", after, err)
	}
}

func TestARuleThatHasMovedIsSaid(t *testing.T) {
	t.Parallel()
	dir := tree(t)
	file := filepath.Join("cmd", "solidarity-dev", "main.go")
	for name, c := range map[string]weaken.Change{
		"gone":    {File: file, Old: "three persons"},
		"twice":   {File: file, Old: "rule"},
		"no file": {File: "other.go", Old: "two"},
	} {
		_, err := weaken.Build(t.Context(), dir, t.TempDir(), c)
		if err == nil || name != "no file" && !strings.Contains(err.Error(), "the rule has moved") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
