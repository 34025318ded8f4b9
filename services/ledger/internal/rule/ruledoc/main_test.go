package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const docs = "../../../../../docs"

func TestTheDocumentsShowTheTables(t *testing.T) {
	t.Parallel()
	for name, list := range documents {
		text, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := filled(string(text), list)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want != string(text) {
			t.Errorf("docs/%s has other tables than package rule: run make generate", name)
		}
	}
}

func TestATableIsWrittenBetweenItsMarksAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "statements.md")
	text, err := os.ReadFile(filepath.Join(docs, "statements.md"))
	if err != nil {
		t.Fatal(err)
	}
	// Given a document in which a line of the table was changed by hand
	changed := strings.Replace(string(text), "| DONATION | INCOME | GIFTS |", "| DONATION | INCOME | REFUNDS |", 1)
	if changed == string(text) {
		t.Fatal("there is no such line")
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	// When it is written anew
	if err := write(file); err != nil {
		t.Fatal(err)
	}
	// Then it is as it was
	if got, err := os.ReadFile(file); err != nil || string(got) != string(text) {
		t.Errorf("it has become another document: %v", err)
	}
}

func TestADocumentWithoutMarksIsNotTouched(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "statements.md")
	if err := os.WriteFile(file, []byte("no table\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(file); err == nil || !strings.Contains(err.Error(), "lines of the statements") {
		t.Errorf("got %v", err)
	}
}
