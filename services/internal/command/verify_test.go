package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger"
)

func TestASourceIsAFolderOrAnAddress(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][2]string{
		"export": {"export", ""}, "http://127.0.0.1:8080": {"", "http://127.0.0.1:8080/log"},
		"https://fund.example.org/": {"", "https://fund.example.org/log"}, "httpdocs": {"httpdocs", ""}, "/srv/https://x": {"/srv/https://x", ""},
	} {
		o, err := (&verifyCommand{Source: source, Token: "t", Key: []string{"k"}}).options()
		if err != nil || o.Dir != want[0] || o.URL != want[1] || o.Token != "t" || len(o.Keys) != 1 || o.Client == nil {
			t.Errorf("%s: %q or %q, %v", source, o.Dir, o.URL, err)
		}
	}
}

// A policy that was taken for a kept checkpoint, or left out, would check nothing.
func TestWhatAnAuditorKeptIsReadIntoItsPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	kept, policy := filepath.Join(dir, "checkpoint"), filepath.Join(dir, "policy")
	for path, text := range map[string]string{kept: "kept", policy: "policy"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ checkpoint, policy, kept, text string }{
		{kept, policy, "kept", "policy"}, {kept, "", "kept", ""}, {"", policy, "", "policy"}, {"", "", "", ""},
	} {
		o, err := (&verifyCommand{Source: dir, Checkpoint: test.checkpoint, WitnessPolicy: test.policy}).options()
		if err != nil || string(o.Kept) != test.kept || string(o.Policy) != test.text || (o.Policy == nil) != (test.policy == "") {
			t.Errorf("%+v: %q, %q, %v", test, o.Kept, o.Policy, err)
		}
	}
	if _, err := (&verifyCommand{Source: dir, Checkpoint: filepath.Join(dir, "gone")}).options(); err == nil {
		t.Error("a checkpoint that is gone is not missed")
	}
}

// Only a ledger without findings is called verified, and what was not looked at is
// said: a reader must not take silence for a check.
func TestAReportSaysWhatWasFoundAndWhatWasNotLookedAt(t *testing.T) {
	t.Parallel()
	whole := ledger.VerifyReport{}
	whole.Signed, whole.Continued, whole.Witnessed, whole.Compared, whole.Checkpoints = true, true, true, true, 7
	for name, test := range map[string]struct {
		report    ledger.VerifyReport
		unchecked int
	}{
		"everything looked at": {whole, 0}, "nothing given": {ledger.VerifyReport{}, 4},
	} {
		var out bytes.Buffer
		(&verifyCommand{}).tell(&out, test.report)
		if got := out.String(); strings.Count(got, "not checked: ") != test.unchecked || strings.Contains(got, "WRONG") ||
			!strings.HasSuffix(got, "Verified: every hash, balance and decision is as it must be.\n") ||
			test.report.Compared != strings.Contains(got, "its 7 published checkpoints") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	var wrong ledger.VerifyReport
	if err := json.Unmarshal([]byte(`{"findings":[{"sequence":3,"reference":"gift/1","rule":"BALANCE","words":"is not the sum"}],"more":2,"stopped":true}`), &wrong); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	(&verifyCommand{}).tell(&out, wrong)
	if got := out.String(); strings.Contains(got, "Verified") || strings.Contains(got, "not checked") ||
		!strings.HasSuffix(got, "WRONG entry 3 (gift/1): BALANCE: is not the sum\nand 2 more\nstopped there: the rest was not looked at\n") {
		t.Errorf("a wrong one:\n%s", got)
	}
}
