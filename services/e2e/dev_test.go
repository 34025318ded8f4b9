package e2e

import (
	"net"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

func TestTwoInstallationsDoNotMeetAndOneFindsItsDataAgain(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	first, second := start(t, data), start(t, dataFolder(t))
	var partner struct{ Name string }
	body := map[string]any{"displayName": "Example partner", "returnUrls": []string{"https://partner.example/thanks"}}
	operator := restclient.New(first.state.REST, first.token("olena", "operator"))
	if err := operator.Post(t.Context(), "/v1/partners", body, &partner); err != nil {
		t.Fatal(err)
	}
	elsewhere := restclient.New(second.state.REST, second.token("olena", "operator"))
	if err := elsewhere.Get(t.Context(), "/v1/"+partner.Name, nil); err == nil {
		t.Error("the second installation knows the first one's partner")
	}
	if err := restclient.New(second.state.REST, first.token("olena", "operator")).Get(t.Context(), "/v1/partners", nil); err == nil {
		t.Error("the second installation takes the first one's token")
	}

	first.stop()
	again := start(t, data)
	operator = restclient.New(again.state.REST, again.token("olena", "operator"))
	if err := operator.Get(t.Context(), "/v1/"+partner.Name, nil); err != nil {
		t.Errorf("after a restart: %v", err)
	}
}

func TestWhatIsInTheWayIsSaidInOneSentence(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	running := start(t, dataFolder(t))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a port in use":        {[]string{"run", "--addr", taken.Addr().String(), "--data", t.TempDir()}, "the port is in use"},
		"a data folder in use": {[]string{"run", "--addr", "127.0.0.1:0", "--data", running.data}, "is in use by another"},
		"no installation":      {[]string{"token", "--role", "auditor", "--person", "x", "--data", t.TempDir()}, "no development installation runs on"},
		"an unknown role":      {[]string{"token", "--role", "king", "--person", "x", "--data", running.data}, "use caseworker, verifier, approver"},
		"two roles that exclude each other": {
			[]string{"token", "--role", "caseworker", "--role", "approver", "--person", "x", "--data", running.data}, "may not hold these roles together",
		},
		"an unknown command": {[]string{"fly"}, "see `solidarity-dev --help`"},
		"a missing file":     {[]string{"import", "prisoners", "/no/such/file"}, "/no/such/file"},
		"a missing export":   {[]string{"verify", t.TempDir()}, "manifest"},
	} {
		_, errs, err := run(t, test.args...)
		if err == nil || !strings.Contains(errs, test.want) || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
			t.Errorf("%s: %v, prints %q, want one line with %q", name, err, errs, test.want)
		}
	}
}

func TestSettingsArePrintedWithoutSecrets(t *testing.T) {
	t.Parallel()
	out, errs, err := run(t, "config", "ledger", "--", "--tls-dir=/tls", "--oidc-issuer=https://issuer.example",
		"--secret-file=/secret", "--access-addr=access.example:9000", "--donations-addr=donations.example:9000",
		"--disbursements-addr=disbursements.example:9000", "--database-url=postgres://ledger:MARK@db.example/ledger")
	if err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	if strings.Contains(out, "MARK") || !strings.Contains(out, "db.example") || !strings.Contains(out, "https://issuer.example") {
		t.Errorf("printed %s", out)
	}
}

func TestAPostgreSQLThatDoesNotAnswerIsSaidInOneSentence(t *testing.T) {
	t.Parallel()
	_, errs, err := run(t, "run", "--addr", "127.0.0.1:0", "--data", t.TempDir(), "--database-url", "postgres://nobody@127.0.0.1:1/postgres")
	if err == nil || !strings.Contains(errs, "cannot connect to the PostgreSQL of --database-url") || strings.Count(strings.TrimSpace(errs), "\n") > 0 {
		t.Errorf("%v: %q", err, errs)
	}
}
