package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// The environment of a writer process.
const (
	writerURL  = "TEST_WRITER_URL"
	writerName = "TEST_WRITER_NAME"
)

// writes is how many postings each of a writer's callers makes.
const writes = 40

// TestWriterProcess is no test but the main of a writer process: 16 callers post,
// and each posting that is acknowledged is a line of its output. Every third
// reference is one that the other writers use too.
func TestWriterProcess(t *testing.T) {
	url, name := os.Getenv(writerURL), os.Getenv(writerName)
	if url == "" {
		t.SkipNow()
	}
	db, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c := store.NewCommitter(found(t, db, "main"), quiet(), time.Now)
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range 16 {
		wg.Go(func() {
			for j := range writes {
				reference := fmt.Sprintf("%s/%d/%d", name, i, j)
				if j%3 == 0 {
					reference = fmt.Sprintf("shared/%d/%d", i, j)
				}
				if _, err := c.Commit(context.Background(), unit(t, booktest.Gift(reference, 100))); err != nil {
					t.Errorf("commit %s: %v", reference, err)
					continue
				}
				mu.Lock()
				fmt.Printf("acknowledged %s\n", reference)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	c.Stop()
}

func TestThreeWriterProcessesAndOneThatIsKilledLoseNothing(t *testing.T) {
	t.Parallel()
	// Given three processes that post to one ledger at once
	url := postgrestest.URL(t, store.Migrations())
	db, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s := found(t, db, "main")
	acknowledged := make(chan string, 16*writes*4)
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "killed"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWriterProcess$")
		cmd.Env = append(os.Environ(), writerURL+"="+url, writerName+"="+name)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			lines := bufio.NewScanner(out)
			for n := 0; lines.Scan(); n++ {
				if reference, ok := strings.CutPrefix(lines.Text(), "acknowledged "); ok {
					acknowledged <- reference
				}
				if name == "killed" && n == 100 { // in the middle of its work
					_ = cmd.Process.Signal(syscall.SIGKILL)
				}
			}
			if err := cmd.Wait(); (err != nil) != (name == "killed") {
				t.Errorf("writer %s: %v", name, err)
			}
		})
	}
	wg.Wait()
	close(acknowledged)

	// Then the log is whole, and every acknowledged reference is in it, once.
	audit(t, s)
	for reference := range acknowledged {
		var n int
		err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM leaves WHERE reference = $1`, reference).Scan(&n)
		if err != nil || n != 1 {
			t.Errorf("%s: stored %d times, %v", reference, n, err)
		}
	}
	var entries, balance int64
	err = db.Pool.QueryRow(t.Context(), `
		SELECT (SELECT count(*) FROM transactions) * 100, b.credits
		FROM balances b JOIN accounts a USING (ledger_id, account) WHERE a.path = 'fund:general:clearing'`).Scan(&entries, &balance)
	if err != nil || entries != balance {
		t.Errorf("booked %d, balance %d, %v", entries, balance, err)
	}
}
