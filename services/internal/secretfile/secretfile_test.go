package secretfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestASecretIsForOneProcess(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		mode       fs.FileMode
		owner, uid int
		shared     bool
	}{
		{"its own", 0o600, 1000, 1000, false},
		{"its own, for reading", 0o400, 1000, 1000, false},
		{"its group's", 0o640, 1000, 1000, true},
		{"everybody's", 0o644, 1000, 1000, true},
		{"handed to a pod by Kubernetes", 0o440, 0, 65532, false},
		{"handed to a pod, and everybody's", 0o444, 0, 65532, true},
		{"that the pod's group may change", 0o660, 0, 65532, true},
		{"root's, of whose group others may be", 0o440, 0, 0, true},
		{"of an owner that nobody knows", 0o640, -1, 65532, true},
	} {
		if got := shared(test.mode, test.owner, test.uid); got != test.shared {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}

func TestTheModeOfARealFileCounts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	for mode, want := range map[fs.FileMode]bool{0o600: false, 0o604: true} {
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := Shared(info, os.Geteuid()); got != want {
			t.Errorf("%o: %t", mode, got)
		}
	}
}
