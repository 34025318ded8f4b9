// Package weaken builds the development program with rules of it switched off, for tests
// that have to fail then. Nothing in any program can do so: the compiler is given changed
// copies of source files, which lie in a folder that the test throws away.
package weaken

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Change writes one text in place of another in one source file.
type Change struct {
	// File is its path below the folder of all services.
	File string
	// Old stands in it exactly once, New takes its place.
	Old, New string
}

// Program is the name of what is built.
const Program = "solidarity-dev"

// Build builds the program of the folder of all services into another folder, with
// changes, and returns its path. A change that fits no more is an error: the rule has
// moved, and its test has to follow.
func Build(ctx context.Context, services, into string, changes ...Change) (string, error) {
	services, err := filepath.Abs(services)
	if err != nil {
		return "", fmt.Errorf("find services: %w", err)
	}
	overlay, err := write(services, into, changes)
	if err != nil {
		return "", err
	}
	program := filepath.Join(into, Program)
	build := exec.CommandContext(ctx, "go", "build", "-overlay", overlay, "-o", program, "./cmd/"+Program)
	build.Dir = services
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", Program, err, out)
	}
	return program, nil
}

// write writes the changed copies, and the list of them that the compiler reads.
func write(services, into string, changes []Change) (overlay string, err error) {
	replace := map[string]string{}
	for i, c := range changes {
		original := filepath.Join(services, c.File)
		from := original
		if changed, twice := replace[original]; twice {
			from = changed
		}
		text, err := os.ReadFile(from)
		if err != nil {
			return "", fmt.Errorf("read what is changed: %w", err)
		}
		if n := bytes.Count(text, []byte(c.Old)); n != 1 {
			return "", fmt.Errorf("%s has %q %d times, want once: the rule has moved", c.File, c.Old, n)
		}
		copied := filepath.Join(into, fmt.Sprintf("%d-%s", i, filepath.Base(c.File)))
		if err := os.WriteFile(copied, bytes.Replace(text, []byte(c.Old), []byte(c.New), 1), 0o600); err != nil {
			return "", fmt.Errorf("write what is changed: %w", err)
		}
		replace[original] = copied
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("list what is changed: %w", err)
	}
	overlay = filepath.Join(into, "overlay.json")
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		return "", fmt.Errorf("list what is changed: %w", err)
	}
	return overlay, nil
}
