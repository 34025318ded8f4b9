package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

// at runs a command on a day and returns its exit code and everything it printed.
func at(t *testing.T, now time.Time, args ...string) (int, string) {
	t.Helper()
	var out strings.Builder
	terminal := &Terminal{Out: &out, Err: &out, Clock: clock.Clock{Read: func() time.Time { return now }}}
	code := Program{Name: "solidarity", Commands: &Shared{}}.Run(t.Context(), args, terminal)
	return code, out.String()
}

var issuedOn = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)

// certificates makes an authority and the certificates of all services.
func certificates(t *testing.T) (authority, folders string) {
	t.Helper()
	dir := t.TempDir()
	authority, folders = filepath.Join(dir, "authority"), filepath.Join(dir, "tls")
	if code, printed := at(t, issuedOn, "ca", "init", authority); code != 0 {
		t.Fatal(printed)
	}
	if code, printed := at(t, issuedOn, "ca", "issue", authority, folders); code != 0 || strings.Count(printed, "was made until 2027-03-01") != 6 {
		t.Fatalf("issue: %d, %s", code, printed)
	}
	return authority, folders
}

func TestTheAuthorityGivesEachServiceAFolderThatServes(t *testing.T) {
	t.Parallel()
	_, folders := certificates(t)
	for _, service := range services {
		dir := filepath.Join(folders, service)
		if _, err := mtls.Load(dir); err != nil {
			t.Errorf("%s: %v", service, err)
		}
		if wrong := mtls.Examine(dir, service, issuedOn); len(wrong) != 0 {
			t.Errorf("%s: %v", service, wrong)
		}
	}
}

func TestAnAuthorityIsMadeOnce(t *testing.T) {
	t.Parallel()
	authority, _ := certificates(t)
	before, err := os.ReadFile(filepath.Join(authority, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if code, printed := at(t, issuedOn, "ca", "init", authority); code != 1 || !strings.Contains(printed, "there already") {
		t.Errorf("again: %d, %s", code, printed)
	}
	if after, err := os.ReadFile(filepath.Join(authority, "key.pem")); err != nil || string(after) != string(before) {
		t.Errorf("the key was replaced, %v", err)
	}
	// Half an authority is not completed: it would be another one.
	if err := os.Remove(filepath.Join(authority, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	if code, _ := at(t, issuedOn, "ca", "init", authority); code != 1 {
		t.Error("half an authority was made anew")
	}
}

func TestOnlyServicesGetCertificates(t *testing.T) {
	t.Parallel()
	authority, folders := certificates(t)
	if code, printed := at(t, issuedOn, "ca", "issue", authority, folders, "legder"); code != 2 || !strings.Contains(printed, "legder") {
		t.Errorf("%d, %s", code, printed)
	}
	if code, printed := at(t, issuedOn, "ca", "issue", folders, folders); code != 1 || !strings.Contains(printed, "authority") {
		t.Errorf("by no authority: %d, %s", code, printed)
	}
}

func TestWhatEndsSoonIsRenewedAndNothingElse(t *testing.T) {
	t.Parallel()
	authority, folders := certificates(t)
	renew := func(now time.Time, more ...string) []certificate {
		args := append([]string{"ca", "renew", authority, "--json", filepath.Join(folders, "ledger"), filepath.Join(folders, "access")}, more...)
		code, printed := at(t, now, args...)
		var done []certificate
		if err := json.Unmarshal([]byte(printed), &done); code != 0 || err != nil || len(done) != 2 {
			t.Fatalf("%d, %v, %s", code, err, printed)
		}
		return done
	}
	if early := renew(issuedOn.AddDate(0, 0, 59)); early[0].Renewed || early[1].Renewed {
		t.Errorf("on the 60th day: %+v", early)
	}
	late := issuedOn.AddDate(0, 0, 61)
	if wrong := mtls.Examine(filepath.Join(folders, "ledger"), "ledger", late); len(wrong) != 1 || !strings.Contains(wrong[0].Error(), "ends on 2027-03-01") {
		t.Errorf("before it is renewed: %v", wrong)
	}
	if due := renew(late); !due[0].Renewed || due[1].Until != "2027-05-01" {
		t.Errorf("on the 62nd day: %+v", due)
	}
	if wrong := mtls.Examine(filepath.Join(folders, "ledger"), "ledger", late); len(wrong) != 0 {
		t.Errorf("after it was renewed: %v", wrong)
	}
	if all := renew(late, "--all"); !all[0].Renewed {
		t.Errorf("all: %+v", all)
	}
}

// What the old authority signed is good under the new certificate of its key, and the
// other way round: services read it when they start, one after the other.
func TestTheAuthorityItselfIsRenewedInItsLastYear(t *testing.T) {
	t.Parallel()
	authority, folders := certificates(t)
	old, err := os.ReadFile(filepath.Join(folders, "access", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	last := issuedOn.AddDate(9, 6, 0)
	code, printed := at(t, last, "ca", "renew", authority, filepath.Join(folders, "ledger"))
	if code != 0 {
		t.Fatalf("%d, %s", code, printed)
	}
	ledger, err := mtls.Inspect(filepath.Join(folders, "ledger"))
	if err != nil || ledger.AuthorityUntil.Sub(last) < 9*365*24*time.Hour {
		t.Fatalf("%+v, %v", ledger, err)
	}
	if err := os.WriteFile(filepath.Join(folders, "ledger", "ca.pem"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range mtls.Examine(filepath.Join(folders, "ledger"), "ledger", last) {
		if strings.Contains(wrong.Error(), "not signed") {
			t.Error(wrong)
		}
	}
}

func TestARenewalThatFailsLeavesTheOthersRenewed(t *testing.T) {
	t.Parallel()
	authority, folders := certificates(t)
	if err := os.WriteFile(filepath.Join(folders, "donations", "cert.pem"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, printed := at(t, issuedOn.AddDate(0, 0, 80), "ca", "renew", authority, filepath.Join(folders, "donations"), filepath.Join(folders, "families"))
	if code != 1 || !strings.Contains(printed, "donations: read cert.pem") || !strings.Contains(printed, "families       was made until 2027-05-20") {
		t.Errorf("%d, %s", code, printed)
	}
}
