package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/solidarity-fund/solidarity/services/dev/story"
)

// victims are the processes that are killed, each in the middle of a chapter.
var victims = map[string]string{
	"more gifts": "donations", "deficit": "ledger", "families": "families",
	"round": "disbursements", "plan": "access", "audit": "gateway",
}

func TestOneGiftAllTheWayEndsWithTheSameBooksThoughEachServiceIsKilledOnce(t *testing.T) {
	t.Parallel()
	summaries := map[string]story.Summary{}
	var mu sync.Mutex // guards summaries
	t.Run("play", func(t *testing.T) {
		for name, harm := range map[string]map[string]string{"killed": victims, "unharmed": nil} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				i := start(t, dataFolder(t))
				summary := i.play(harm)
				mu.Lock()
				summaries[name] = summary
				mu.Unlock()
				i.verify(filepath.Join(t.TempDir(), "export"))
			})
		}
	})
	// How many clearings there were, and so the number of entries, is a matter of
	// time.
	ignored := cmpopts.IgnoreFields(story.Summary{}, "Entries")
	if diff := cmp.Diff(summaries["unharmed"], summaries["killed"], ignored); diff != "" || summaries["killed"].Books == "" {
		t.Errorf("the killed services end with other books (-unharmed +killed):\n%s", diff)
	}
}

// play plays the story, killing a service in the middle of each chapter that harm
// names.
func (i *installation) play(harm map[string]string) story.Summary {
	i.t.Helper()
	list := filepath.Join(i.t.TempDir(), "list.csv")
	if out, errs, err := run(i.t, "generate", "prisoners", list, "--rows", "1000"); err != nil {
		i.t.Fatalf("generate list: %v\n%s%s", err, out, errs)
	}
	rows, err := os.ReadFile(list)
	if err != nil {
		i.t.Fatal(err)
	}
	killed := make(chan error, len(harm))
	planned := 0
	summary, err := story.Play(i.t.Context(), story.Options{
		REST: i.state.REST, Stripe: i.state.Stripe, List: bytes.NewReader(rows),
		Gifts: 30, Families: 12, Tell: func(line string) { i.t.Log(line) }, Now: time.Now,
		SignIn: i.signIn, Save: func(string, []byte) error { return nil },
		Between: func(_ context.Context, chapter string) error {
			if name, ok := harm[chapter]; ok {
				planned++
				time.AfterFunc(150*time.Millisecond, func() { killed <- i.kill(name) })
			}
			return nil
		},
	})
	if err != nil {
		i.t.Fatalf("after %+v: %v", summary, err)
	}
	if planned != len(harm) {
		i.t.Errorf("%d services were killed, want %d: a chapter has another name", planned, len(harm))
	}
	for range planned {
		if err := <-killed; err != nil {
			i.t.Errorf("kill: %v", err)
		}
	}
	if summary.Gifts != 30 || summary.Families != 12 || summary.Settled != summary.Payments-1 || summary.Returned != 1 {
		i.t.Errorf("the story ends with %+v", summary)
	}
	return summary
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
	if out, errs, err := audit(i.t, "export", dir, "--url", i.state.REST, "--token", auditor); err != nil {
		i.t.Fatalf("export: %v\n%s%s", err, out, errs)
	}
	if out, errs, err := audit(i.t, "verify", dir); err != nil || !strings.Contains(out, "Verified") {
		i.t.Fatalf("verify: %v\n%s%s", err, out, errs)
	}
	if out, errs, err := audit(i.t, "verify", i.state.REST, "--token", auditor); err != nil {
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
	if out, _, err := audit(i.t, "verify", dir); err == nil || !strings.Contains(out, "WRONG entry") {
		i.t.Errorf("one changed byte was not named: %v\n%s", err, out)
	}
}
