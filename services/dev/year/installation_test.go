package year_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devclock"
	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/dev/weaken"
	"github.com/solidarity-fund/solidarity/services/dev/year"
	"github.com/solidarity-fund/solidarity/services/internal/logs"
)

// services is the folder of all services, from here.
const services = "../.."

// long reports whether tests that take long are wanted.
func long(t *testing.T) bool {
	t.Helper()
	return os.Getenv("SOLIDARITY_LONG") != ""
}

// folder makes a folder that PostgreSQL's own user can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "solidarity-year-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// install builds the program with some rules switched off, runs an installation of it with
// the delays of production, and returns how to live in it.
func install(t *testing.T, off ...weaken.Change) year.Options {
	t.Helper()
	program, err := weaken.Build(t.Context(), services, t.TempDir(), off...)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	stack, err := devstack.Start(t.Context(), devstack.Options{
		Addr: "127.0.0.1:0", Data: folder(t), Program: program, Delays: "production", LogLevel: "error",
		Output: log, Log: logs.New(log, "error", "json"), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stack.Stop()
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("the end of the log:\n%s", text[max(0, len(text)-4_000):])
		}
	})
	clock, err := devclock.Open(stack.Layout().Clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { clock.Close() })
	var list bytes.Buffer
	if err := listfake.Generate(&list, 1, 200, listfake.Registry); err != nil {
		t.Fatal(err)
	}
	state := stack.State()
	return year.Options{
		REST: state.REST, Stripe: state.Stripe, Officers: devstack.Officers(), List: &list, Now: clock.Now,
		SignIn: func(ctx context.Context, person string) (string, error) { return token(ctx, state.Issuer, person) },
		Move: func(ctx context.Context, to time.Time) error {
			_, err := clock.Move(ctx, to, state.Attending(), func(devclock.Stop) {})
			return err
		},
		Tell: func(line string) { t.Log(line) },
	}
}

// token gets one from the development issuer; it grants nothing.
func token(ctx context.Context, issuer, person string) (string, error) {
	body, err := json.Marshal(map[string]string{"subject": person})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, issuer+"/token", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return "", fmt.Errorf("the issuer answers %s: %w", resp.Status, err)
	}
	return answer.AccessToken, nil
}
