package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestEveryCommandOfTheReadmeWorksWhenPasted(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 8 {
		t.Fatalf("the README has %d blocks of commands", len(blocks))
	}
	dir := dataFolder(t)
	i := start(t, filepath.Join(dir, ".solidarity"))
	for _, b := range blocks {
		script.WriteString(strings.ReplaceAll(b[1], "http://127.0.0.1:8080", i.state.REST))
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{program, released} {
		if err := os.Symlink(path, filepath.Join(dir, "bin", filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-x", "-c", script.String())
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out[max(0, len(out)-6000):])
	}
	for _, want := range []string{"Verified: every hash", "amount.minorUnits", "DONATION_STATE_SUCCEEDED"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the commands print nothing about %q", want)
		}
	}
	if pain, err := os.ReadFile(filepath.Join(dir, "pain001.xml")); err != nil || !strings.Contains(string(pain), "pain.001.001.09") {
		t.Errorf("the payment file is no pain.001: %v", err)
	}
}
