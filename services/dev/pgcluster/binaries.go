package pgcluster

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// errNoBinaries tells in one sentence what to do.
var errNoBinaries = errors.New("PostgreSQL is not installed: install it with `apt-get install postgresql` (Debian, Ubuntu) " +
	"or `brew install postgresql@17` (macOS), or give a database of your own")

// Binaries returns the folder that holds initdb, postgres and pg_ctl: where
// pg_config on PATH points, else the newest of the places where Debian and
// Homebrew put them.
func Binaries() (string, error) {
	for _, dir := range candidates() {
		if complete(dir) {
			return dir, nil
		}
	}
	return "", errNoBinaries
}

// binariesFor returns the folder whose major version is version ("15"): a
// cluster runs only on the version that made it.
func binariesFor(version string) (string, error) {
	for _, dir := range candidates() {
		if complete(dir) && majorVersion(dir) == version {
			return dir, nil
		}
	}
	return "", errors.New("the database folder was made by PostgreSQL " + version + ", which is not installed: install that version or choose another folder")
}

func candidates() []string {
	var dirs []string
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		found, _ := filepath.Glob(pattern) // only a malformed pattern is an error
		slices.SortFunc(found, func(a, b string) int { return number(b) - number(a) })
		dirs = append(dirs, found...)
	}
	return append(dirs, "/opt/homebrew/bin", "/usr/local/bin")
}

// number returns the digits of a path as one number, so that 9 sorts below 15.
func number(path string) int {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, path)
	n, _ := strconv.Atoi(digits)
	return n
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres", "pg_ctl"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// majorVersion returns "15" for binaries that say "postgres (PostgreSQL) 15.14".
func majorVersion(dir string) string {
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(out))
	if len(fields) < 3 {
		return ""
	}
	major, _, _ := strings.Cut(fields[2], ".")
	return major
}
