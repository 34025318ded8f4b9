package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/story"
)

// victims are the processes that are killed, each in the middle of a chapter.
var victims = map[string]string{
	"more gifts": "donations", "deficit": "ledger", "families": "families",
	"round": "disbursements", "plan": "access", "audit": "gateway",
}

func TestOneGiftAllTheWayWhileEachServiceIsKilledOnce(t *testing.T) {
	t.Parallel()
	i := start(t, dataFolder(t))
	list := filepath.Join(t.TempDir(), "list.csv")
	if out, errs, err := run(t, "generate", "prisoners", list, "--rows", "1000"); err != nil {
		t.Fatalf("generate list: %v\n%s%s", err, out, errs)
	}
	rows, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	killed := make(chan error, len(victims))
	summary, err := story.Play(t.Context(), story.Options{
		REST: i.state.REST, Stripe: i.state.Stripe, List: bytes.NewReader(rows),
		Gifts: 30, Families: 12, Tell: func(line string) { t.Log(line) }, Now: time.Now,
		SignIn: i.signIn,
		Save: func(name string, content []byte) error {
			return os.WriteFile(filepath.Join(out, name), content, 0o600)
		},
		Between: func(_ context.Context, chapter string) error {
			if name, ok := victims[chapter]; ok {
				time.AfterFunc(150*time.Millisecond, func() { killed <- i.kill(name) })
			}
			return nil
		},
	})
	if err != nil {
		t.Fatalf("after %+v: %v", summary, err)
	}
	for range victims {
		if err := <-killed; err != nil {
			t.Errorf("kill: %v", err)
		}
	}
	if summary.Gifts != 30 || summary.Families != 12 || summary.Settled != summary.Payments-1 || summary.Returned != 1 {
		t.Errorf("the story ends with %+v", summary)
	}
	i.verify(filepath.Join(out, "export"))
}

// signIn mints a token as the story needs it.
func (i *installation) signIn(_ context.Context, person string, roles ...string) (token, staff string, err error) {
	args := []string{"token", "--json", "--data", i.data, "--person", person}
	for _, r := range roles {
		args = append(args, "--role", r)
	}
	out, errs, err := run(i.t, args...)
	if err != nil {
		i.t.Logf("mint token: %s", errs)
		return "", "", err
	}
	var minted struct{ Token, Person string }
	err = json.Unmarshal([]byte(out), &minted)
	return minted.Token, minted.Person, err
}

// verify exports the books and verifies them offline, and sees one changed byte
// found.
func (i *installation) verify(dir string) {
	i.t.Helper()
	auditor := i.token("vera", "auditor")
	if out, errs, err := run(i.t, "export", dir, "--url", i.state.REST, "--token", auditor); err != nil {
		i.t.Fatalf("export: %v\n%s%s", err, out, errs)
	}
	if out, errs, err := run(i.t, "verify", dir); err != nil || !strings.Contains(out, "Verified") {
		i.t.Fatalf("verify: %v\n%s%s", err, out, errs)
	}
	if out, errs, err := run(i.t, "verify", i.state.REST, "--token", auditor); err != nil {
		i.t.Errorf("verify the running server: %v\n%s%s", err, out, errs)
	}
	var largest string
	var size int64
	err := filepath.Walk(filepath.Join(dir, "tile", "entries"), func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() && info.Size() > size {
			largest, size = path, info.Size()
		}
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
	b, err := os.ReadFile(largest)
	if err != nil {
		i.t.Fatal(err)
	}
	b[len(b)/3] ^= 0x40
	if err := os.WriteFile(largest, b, 0o600); err != nil {
		i.t.Fatal(err)
	}
	if out, _, err := run(i.t, "verify", dir); err == nil || !strings.Contains(out, "WRONG entry") {
		i.t.Errorf("one changed byte was not named: %v\n%s", err, out)
	}
}
