package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// TestAPartnerIntegratesWithinTheHour runs one sandbox, pastes every command of the
// partners' page into it, and then has the client and the examples do the same.
func TestAPartnerIntegratesWithinTheHour(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/partner.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := dataFolder(t)
	i := startBy(t, filepath.Join(dir, ".solidarity-sandbox"), "sandbox", "run")
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(program, filepath.Join(dir, "bin", "solidarity-dev")); err != nil {
		t.Fatal(err)
	}
	lost := commandsOfThePage(t, i, dir, string(text))
	thePageRunsNothingOfOurs(t, string(text))
	env := i.partnerEnv(dir)
	t.Run("the TypeScript client", func(t *testing.T) { runClient(t, dir, env) })
	t.Run("the PHP example", func(t *testing.T) { runPHP(t, i, env) })
	t.Run("the Go example", func(t *testing.T) {
		tells(t, printed(t, "..", env, "go", "run", "github.com/solidarity-fund/solidarity/api/examples/go"), "SUCCEEDED donations/", "REFUND_STATE_")
	})
	t.Run("a live key is refused by name of the mistake", func(t *testing.T) {
		err := restclient.New(i.state.REST, "sk_live_x").Get(t.Context(), "/v1/pledges", nil)
		if err == nil || !strings.Contains(err.Error(), "LIVE_KEY_IN_TEST") {
			t.Error(err)
		}
	})
	t.Run("a lost webhook is found", func(t *testing.T) { i.findsLost(t, dir, lost) })
}

// commandsOfThePage runs all blocks of a page, and returns the pledge whose webhook was lost.
func commandsOfThePage(t *testing.T, i *installation, dir, text string) string {
	t.Helper()
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) < 8 {
		t.Fatalf("the page has %d blocks of commands", len(blocks))
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, b := range blocks {
		script.WriteString(strings.ReplaceAll(b[1], "http://127.0.0.1:8090", i.state.REST))
	}
	script.WriteString("echo \"$MADE\" > made; echo \"$LOST\" > lost\n")
	out := printed(t, dir, nil, "bash", "-x", "-c", script.String())
	tells(t, out, "DONATION_STATE_SUCCEEDED", "PLEDGE_STATE_FULFILLED", "PLEDGE_STATE_PAUSED", "PLEDGE_STATE_CANCELLED", "dispute.open", "donation.failed", "WEBHOOK_DELIVERY_STATE_PENDING")
	lost, err := os.ReadFile(filepath.Join(dir, "lost"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(lost))
}

// thePageRunsNothingOfOurs looks at what partners paste into theirs.
func thePageRunsNothingOfOurs(t *testing.T, text string) {
	t.Helper()
	snippets := regexp.MustCompile("(?s)```html\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(snippets) == 0 {
		t.Error("the page has no snippet")
	}
	for _, s := range snippets {
		if regexp.MustCompile(`(?i)<script|<iframe|<link|\son\w+=|src=`).MatchString(s[1]) {
			t.Errorf("a snippet runs something: %s", s[1])
		}
	}
}

// partnerEnv is what the examples are told of the partner that the page has made.
func (i *installation) partnerEnv(dir string) []string {
	i.t.Helper()
	made, err := os.ReadFile(filepath.Join(dir, "made"))
	if err != nil {
		i.t.Fatal(err)
	}
	var p struct{ Name, SecretKey string }
	if err := json.Unmarshal(made, &p); err != nil {
		i.t.Fatal(err)
	}
	return []string{
		"SOLIDARITY_URL=" + i.state.REST, "SOLIDARITY_KEY=" + p.SecretKey, "SOLIDARITY_PARTNER=" + p.Name,
		"SOLIDARITY_RETURN_URL=http://localhost:3000/thanks/", "SOLIDARITY_SITE=http://localhost:3000/thanks",
	}
}

// runClient installs what the lock file names, compiles strictly, and runs under Node.
func runClient(t *testing.T, dir string, env []string) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	at := filepath.Join(dir, "api", "client")
	for _, file := range []string{"client/package.json", "client/package-lock.json", "client/tsconfig.json", "client/partner.ts", "openapi/openapi.yaml"} {
		content, err := os.ReadFile(filepath.Join("../../api", file))
		if err == nil {
			err = os.MkdirAll(filepath.Join(dir, "api", filepath.Dir(file)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "api", file), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	printed(t, at, nil, "npm", "ci", "--silent", "--no-audit", "--no-fund")
	printed(t, at, nil, "npm", "run", "--silent", "build")
	tells(t, printed(t, at, env, "node", "dist/partner.js"), "DONATION_STATE_SUCCEEDED", "refunded", "7000 a month", "PLEDGE_STATE_CANCELLED")
}

// runPHP starts a pledge by the example.
func runPHP(t *testing.T, i *installation, env []string) {
	source, err := os.ReadFile("../../api/examples/partner.php")
	if lines := strings.Count(string(source), "\n"); err != nil || lines > 80 {
		t.Errorf("the example has %d lines (%v)", lines, err)
	}
	if _, err := exec.LookPath("php"); err != nil {
		t.Skip("php is not installed")
	}
	tells(t, printed(t, ".", env, "php", "../../api/examples/partner.php", "pledge", "5000"), "pledges\\/pg_", "checkoutUrl")
}

// findsLost waits until the fund has read Stripe's lists again, which it does every ten
// minutes of the clock.
func (i *installation) findsLost(t *testing.T, dir, pledge string) {
	printed(t, dir, nil, program, "clock", "+15m", "--data", i.data)
	key := ""
	for _, e := range i.partnerEnv(dir) {
		if k, found := strings.CutPrefix(e, "SOLIDARITY_KEY="); found {
			key = k
		}
	}
	var seen struct{ State string }
	for deadline := time.Now().Add(time.Minute); seen.State != "PLEDGE_STATE_FULFILLED"; time.Sleep(200 * time.Millisecond) {
		if err := restclient.New(i.state.REST, key).Get(t.Context(), "/v1/"+pledge, &seen); err != nil || time.Now().After(deadline) {
			t.Fatalf("%s is %s: %v", pledge, seen.State, err)
		}
	}
}

// printed runs a program and returns what it prints.
func printed(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(os.Environ(), env...), 10*time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out[max(0, len(out)-6000):])
	}
	return string(out)
}

func tells(t *testing.T, out string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(out, w) {
			t.Errorf("nothing is printed about %q in\n%s", w, out[max(0, len(out)-3000):])
		}
	}
}
