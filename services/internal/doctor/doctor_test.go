package doctor_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/doctor"
)

func TestAReportSaysEverythingInOrder(t *testing.T) {
	t.Parallel()
	r := doctor.About("database")
	r.Failed(nil, "nothing")
	r.Failed(errors.New("it is broken"), "mend it")
	r.Warn("it is old", "renew it")
	want := []doctor.Finding{
		{Part: "database", Problem: "it is broken", Remedy: "mend it"},
		{Part: "database", Problem: "it is old", Remedy: "renew it", Soon: true},
	}
	if diff := cmp.Diff(want, r.Findings()); diff != "" {
		t.Error(diff)
	}
}

func TestAFolderThatIsMissingOrClosedIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, f := range doctor.Disk(filepath.Join(dir, "secret.json"), filepath.Join(dir, "checkpoint"), "") {
		if !strings.Contains(f.Problem, "MiB left") { // how much room this machine has is its own matter
			t.Errorf("a good folder: %+v", f)
		}
	}
	missing := filepath.Join(dir, "none", "checkpoint")
	for name, found := range map[string][]doctor.Finding{"looked at": doctor.Disk(missing, missing), "written to": doctor.Writable(missing)} {
		if len(found) != 1 || found[0].Part != "disk" || found[0].Soon || found[0].Remedy == "" {
			t.Errorf("%s: %+v", name, found)
		}
	}
	if found := doctor.Writable(filepath.Join(dir, "checkpoint")); len(found) != 0 {
		t.Errorf("a good folder: %+v", found)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

// /dev/full takes no byte: a folder of its kind cannot be made, but a file system that
// has nothing free can be seen at /proc.
func TestAFullDiskIsAFault(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self"); err != nil {
		t.Skip("no file system without room on this machine")
	}
	found := doctor.Disk("/proc/checkpoint")
	if len(found) != 1 || found[0].Soon || found[0].Problem != "the disk of /proc has 0 MiB left" {
		t.Errorf("%+v", found)
	}
}
