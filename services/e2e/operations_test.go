package e2e

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// machine is an empty machine with what a fund brings along: a PostgreSQL, an issuer
// that signs in whoever asks, and an account at Stripe. Nothing of it is the program's.
type machine struct {
	t      *testing.T
	dir    string
	admin  string
	issuer string
	stripe *httptest.Server
	fake   *stripefake.Server
	ports  map[string]string // of the documentation, and here
}

const operationsWebhookSecret = "whsec_b3BlcmF0aW9ucw"

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: dataFolder(t), ports: map[string]string{}}
	for _, port := range []string{"9001", "9002", "9003", "9004", "9005", "8080"} {
		m.ports[port] = freePort(t)
	}
	cluster, err := pgcluster.Start(t.Context(), pgcluster.Options{Dir: filepath.Join(m.dir, "postgres"), Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	m.admin = cluster.AdminURL("postgres")
	m.signIn()
	m.account()
	return m
}

// freePort is one that nobody listens on, and that nobody is given who asks the system
// for any: those are above.
func freePort(t *testing.T) string {
	t.Helper()
	for {
		port := strconv.Itoa(15_000 + rand.IntN(17_000))
		lis, err := net.Listen("tcp", "127.0.0.1:"+port)
		if err != nil {
			continue
		}
		if err := lis.Close(); err != nil {
			t.Fatal(err)
		}
		return port
	}
}

// signIn starts the issuer, over https as for real, and writes the certificate that
// this machine trusts.
func (m *machine) signIn() {
	m.t.Helper()
	var issuer *oidcdev.Issuer
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { issuer.Handler().ServeHTTP(w, r) }))
	m.t.Cleanup(server.Close)
	m.issuer = server.URL
	var err error
	if issuer, err = oidcdev.New(oidcdev.Options{Issuer: server.URL, Dir: filepath.Join(m.dir, "issuer"), Now: time.Now}); err != nil {
		m.t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	m.write("trusted.pem", string(certificate), 0o644)
	m.write("sign-in", fmt.Sprintf("#!/bin/sh\ncurl -sS --fail --cacert %s/trusted.pem %s/token -d \"{\\\"subject\\\":\\\"$1\\\"}\" | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'\n", m.dir, m.issuer), 0o755)
}

// account opens an account at a Stripe that sends its events to the gateway.
func (m *machine) account() {
	m.t.Helper()
	var err error
	m.fake, err = stripefake.New(stripefake.Options{Now: time.Now, Webhooks: stripefake.Webhooks{
		URL: "http://127.0.0.1:" + m.ports["8080"] + "/webhooks/stripe", Secrets: []string{operationsWebhookSecret},
	}})
	if err != nil {
		m.t.Fatal(err)
	}
	m.stripe = httptest.NewServer(m.fake)
	m.t.Cleanup(func() {
		m.stripe.Close()
		if err := m.fake.Close(); err != nil {
			m.t.Error(err)
		}
	})
}

func (m *machine) write(name, text string, mode os.FileMode) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// script are the commands of docs/operations.md with this machine's ports and Stripe,
// and with a donor who pays at once.
func (m *machine) script() []string {
	m.t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		m.t.Fatal(err)
	}
	replacements := []string{
		"make build", "true",
		"SOLIDARITY_STRIPE_KEY=$STRIPE_KEY", "SOLIDARITY_STRIPE_KEY=$STRIPE_KEY\nSOLIDARITY_STRIPE_URL=" + m.stripe.URL,
		`echo "Pay at $PAGE"`, `curl -sS -o /dev/null -d card=4242424242424242 "$PAGE"`,
	}
	for _, port := range []string{"9001", "9002", "9003", "9004", "9005"} {
		replacements = append(replacements, "127.0.0.1:"+port, "127.0.0.1:"+m.ports[port], "echo "+port, "echo "+m.ports[port])
	}
	replacements = append(replacements, "127.0.0.1:8080", "127.0.0.1:"+m.ports["8080"])
	var blocks []string
	for _, b := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, strings.NewReplacer(replacements...).Replace(b[1]))
	}
	return blocks
}

// folder is where the commands are pasted: the source's, with the built program.
func (m *machine) folder() string {
	m.t.Helper()
	source, err := filepath.Abs("../..")
	if err != nil {
		m.t.Fatal(err)
	}
	dir := filepath.Join(m.dir, "source")
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		m.t.Fatal(err)
	}
	for from, to := range map[string]string{released: "bin/solidarity", filepath.Join(source, "deploy"): "deploy"} {
		if err := os.Symlink(from, filepath.Join(dir, to)); err != nil {
			m.t.Fatal(err)
		}
	}
	return dir
}

// paste runs a script in bash, as somebody would who pastes it, and returns what it
// prints. Whatever it started is ended with it.
func (m *machine) paste(script string) (string, error) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-u", "-c", script)
	cmd.Dir = m.folder()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(),
		"FUND="+filepath.Join(m.dir, "fund"), "ADMIN="+m.admin, "ISSUER="+m.issuer, "SIGN_IN="+filepath.Join(m.dir, "sign-in"),
		"STRIPE_KEY=sk_test_operations", "STRIPE_WEBHOOK_SECRET="+operationsWebhookSecret, "SSL_CERT_FILE="+filepath.Join(m.dir, "trusted.pem"),
	)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }() // all are gone where it went well
	err := cmd.Wait()
	return out.String(), err
}

func TestAFundStartsOnAnEmptyMachineByTheCommandsOfTheManual(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	blocks := m.script()
	if len(blocks) < 13 {
		t.Fatalf("the manual has %d blocks of commands", len(blocks))
	}
	const pause = `touch "$FUND/runs"; until [ -e "$FUND/examined" ]; do sleep 0.1; done`
	whole := append(append(append([]string{}, blocks[:len(blocks)-2]...), pause), blocks[len(blocks)-2:]...)
	type result struct {
		out string
		err error
	}
	pasted := make(chan result, 1)
	go func() {
		out, err := m.paste(strings.Join(whole, "\n"))
		pasted <- result{out, err}
	}()
	r := result{err: errStillRuns}
	for r.err == errStillRuns { //nolint:errorlint // its own mark
		select {
		case r = <-pasted:
		case <-time.After(100 * time.Millisecond):
			if _, err := os.Stat(m.fund("runs")); err == nil {
				m.everyFaultIsNamedAtOnce()
				m.write("fund/examined", "", 0o600)
				r = <-pasted
			}
		}
	}
	if r.err != nil {
		t.Fatalf("%v\n%s\n%s", r.err, r.out[max(0, len(r.out)-6000):], m.log())
	}
	for _, want := range []string{"is protection officer as", "there is no witness", "is good until"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the commands print nothing about %q:\n%s", want, r.out)
		}
	}
	if pain, err := os.ReadFile(m.fund("pain001.xml")); err != nil || !strings.Contains(string(pain), "pain.001.001.09") {
		t.Errorf("the payment file is no pain.001: %v", err)
	}
}

var errStillRuns = errors.New("the commands still run")

// fund is the path of a file of the installation.
func (m *machine) fund(name string) string { return filepath.Join(m.dir, "fund", name) }

// log are the last lines of all services' logs.
func (m *machine) log() string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(m.dir, "fund", "log", "*.log")) // only a malformed pattern is an error
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		lines := strings.Split(string(b), "\n")
		fmt.Fprintf(&all, "%s:\n%s\n", filepath.Base(file), strings.Join(lines[max(0, len(lines)-6):], "\n"))
	}
	return all.String()
}
