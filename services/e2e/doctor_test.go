package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

// found is what the doctor prints of each fault.
type found struct {
	Service, Part, Problem, Remedy string
	Soon                           bool
}

// examine runs the doctor on a folder of settings.
func (m *machine) examine(settings string) (code int, all []found) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), released, "doctor", "--json", "--settings", settings)
	cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+filepath.Join(m.dir, "trusted.pem"))
	printed, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Errorf("doctor: %v", err)
	}
	var out struct{ Findings []found }
	if err := json.Unmarshal(printed, &out); err != nil {
		m.t.Errorf("%v in %s", err, printed)
	}
	return cmd.ProcessState.ExitCode(), out.Findings
}

// broken is what is broken of a running fund, and what the doctor must say of it.
type broken struct {
	service, part, says string
	do                  func() error
}

// everyFaultIsNamedAtOnce breaks one thing of each kind in a copy of the settings, and
// in what they lead to, and looks whether one examination names all of them.
func (m *machine) everyFaultIsNamedAtOnce() {
	m.t.Helper()
	if code, all := m.examine(m.fund("settings")); code != 0 {
		m.t.Errorf("a fund that runs: %d, %+v", code, all)
	}
	copied := filepath.Join(m.dir, "broken")
	if err := os.CopyFS(copied, os.DirFS(m.fund("settings"))); err != nil {
		m.t.Error(err)
	}
	breaks := m.breaks(copied)
	for _, b := range breaks {
		if err := b.do(); err != nil {
			m.t.Errorf("%s, %s: %v", b.service, b.part, err)
		}
	}
	code, all := m.examine(copied)
	if code != 1 {
		m.t.Errorf("ended with %d", code)
	}
	for _, b := range breaks {
		named := false
		for _, f := range all {
			named = named || f.Service == b.service && f.Part == b.part && strings.Contains(f.Problem, b.says) && f.Remedy != "" && !f.Soon
		}
		if !named {
			m.t.Errorf("%s, %s: nothing says %q in %+v", b.service, b.part, b.says, all)
		}
	}
}

func (m *machine) breaks(settings string) []broken {
	set := func(service, line string) func() error {
		return func() error {
			f, err := os.OpenFile(filepath.Join(settings, service+".env"), os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				return err
			}
			_, err = f.WriteString("\n" + line + "\n")
			return errors.Join(err, f.Close())
		}
	}
	sql := func(database, statement string) func() error {
		return func() error {
			address := strings.Replace(m.admin, "/postgres?", "/"+database+"?", 1)
			return exec.CommandContext(m.t.Context(), "psql", address, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement).Run()
		}
	}
	return []broken{
		{"access", "sign-in", "discover OIDC issuer", set("access", "SOLIDARITY_OIDC_ISSUER=https://127.0.0.1:1")},
		{"access", "settings", "OIDC token life", set("access", "SOLIDARITY_OIDC_TOKEN_LIFE=48h")},
		{"access", "database", "cannot connect", sql("solidarity_access", "ALTER ROLE solidarity_access NOLOGIN")},
		{"ledger", "certificate", "ended on", func() error { return m.expire(settings) }},
		{"ledger", "disk", "is not there", set("ledger", "SOLIDARITY_CHECKPOINT_FILE="+filepath.Join(m.dir, "none", "checkpoint"))},
		{"ledger", "database", "newer than this program", sql("solidarity_ledger",
			"INSERT INTO goose_ledger_version (version_id, is_applied) VALUES (99999, true)")},
		{"families", "secret", "may be read by others", func() error {
			secret := m.fund("secrets/families.json")
			m.t.Cleanup(func() { _ = os.Chmod(secret, 0o600) })
			return os.Chmod(secret, 0o644)
		}},
		{"families", "key store", "log_statement", sql("postgres", "ALTER ROLE solidarity_keystore SET log_statement = 'all'")},
		{"donations", "Stripe", "cannot take payments", func() error {
			m.fake.SetAccount(stripefake.Account{Descriptor: "HELP PRISONERS", Inactive: true, EndpointOff: true})
			return nil
		}},
		{"donations", "Stripe", "tells what the payment is for", func() error { return nil }},
		{"donations", "Stripe", "is switched off", func() error { return nil }},
		{"disbursements", "settings", "--sender-name", set("disbursements", "SOLIDARITY_SENDER_NAME=")},
		{"disbursements", "peers", "families does not answer", set("disbursements", "SOLIDARITY_FAMILIES_ADDR=127.0.0.1:1")},
		{"gateway", "settings", "--https-cert and --https-key", set("gateway", "SOLIDARITY_HTTPS_CERT=none.pem")},
	}
}

// expire gives the copied settings of the ledger a certificate of a year ago.
func (m *machine) expire(settings string) error {
	authority, err := mtls.LoadAuthority(m.fund("authority"), func() time.Time { return time.Now().AddDate(-1, 0, 0) })
	if err != nil {
		return err
	}
	dir := filepath.Join(m.dir, "expired")
	if err := authority.Issue(dir, "ledger"); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(settings, "ledger.env"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString("\nSOLIDARITY_TLS_DIR=" + dir + "\n")
	return errors.Join(err, f.Close())
}
