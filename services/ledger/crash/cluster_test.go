package crash

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/ledgerprocess"
	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
)

const (
	// stalled is for how long a primary stands still, or is cut off: twice what Patroni
	// waits for.
	stalled = 42 * time.Second
	// settled is how long after the old primary is back everything is looked at again.
	settled = 30 * time.Second
	// longestGap is for how long nobody may be served.
	longestGap = 30 * time.Second
)

// three is a PostgreSQL of three nodes, made by deploy/patroni/cluster.
type three struct {
	t           *testing.T
	folder      string
	environment []string
}

// newThree brings a cluster up, or skips where nobody has asked for one: it needs root and
// the network names of this machine.
func newThree(t *testing.T, environment ...string) *three {
	t.Helper()
	if os.Getenv("SOLIDARITY_CLUSTER") == "" {
		t.Skip("run by `make test-cluster`")
	}
	folder, err := os.MkdirTemp("", "solidarity-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	c := &three{t: t, folder: folder, environment: environment}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.lastLines())
		}
		c.do("down")
		os.RemoveAll(folder)
	})
	c.do("up")
	return c
}

// do runs a verb of the script and returns what it prints.
func (c *three) do(verb string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command("../../../deploy/patroni/cluster", append([]string{verb, c.folder}, args...)...)
	cmd.Env = append(os.Environ(), c.environment...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("cluster %s: %v: %s", verb, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (c *three) leader() string {
	c.t.Helper()
	name := c.do("leader")
	if len(name) != 2 {
		c.t.Fatalf("there is no leader: %s", c.do("state"))
	}
	return name
}

// whole waits until all three are members again.
func (c *three) whole() {
	c.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Second) {
		cmd := exec.Command("../../../deploy/patroni/cluster", "whole", c.folder)
		cmd.Env = append(os.Environ(), c.environment...)
		if cmd.Run() == nil {
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the cluster is not whole again: %s", c.do("state"))
		}
	}
}

// lastLines are those of the nodes' logs.
func (c *three) lastLines() string {
	var all strings.Builder
	files, _ := filepath.Glob(filepath.Join(c.folder, "n?", "*.log")) // only a malformed pattern is an error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		lines := strings.Split(string(text), "\n")
		fmt.Fprintf(&all, "%s:\n%s\n", file, strings.Join(lines[max(0, len(lines)-8):], "\n"))
	}
	return all.String()
}

// ledger starts a ledger on an empty database of the cluster, under load.
func (c *three) ledger(program string) *run {
	c.t.Helper()
	const name = "ledger"
	password := func(role string) string { return fmt.Sprintf("%x", role) }
	d := pgroles.Database{Name: name, Role: name, Password: password}
	if err := pgroles.Ensure(c.t.Context(), c.do("url", "postgres"), d); err != nil {
		c.t.Fatal(err)
	}
	owner := pgroles.Owner(name)
	return under(c.t, ledgerprocess.StartOn(c.t, program, c.do("url", name, name, password(name)), c.do("url", name, owner, password(owner))), false)
}

// fault strikes the primary under load, waits until somebody is served again, has the old
// primary come back, and compares what was acknowledged with what is stored.
func (c *three) fault(r *run, name string, strike, back func(node string)) {
	c.t.Helper()
	c.whole()
	r.progress()
	old := c.leader()
	struck := time.Now()
	strike(old)
	r.served(struck)
	gap := time.Since(struck)
	if gap > longestGap {
		c.t.Errorf("%s: nobody was served for %s", name, gap)
	}
	time.Sleep(time.Until(struck.Add(stalled)))
	r.progress()
	back(old)
	c.whole()
	time.Sleep(settled)
	if now := c.leader(); now == old {
		c.t.Errorf("%s: %s is primary still", name, old)
	}
	wrong := r.end()
	for _, w := range wrong[:min(10, len(wrong))] {
		c.t.Errorf("%s: %s", name, w)
	}
	r.books()
	fmt.Printf("cluster test, the primary %s: %d acknowledged, %d lost or wrong, nobody served for %.1f s\n", name, r.load.told.count(), len(wrong), gap.Seconds())
	r.again()
}

// again goes on with the load after end.
func (r *run) again() {
	l := r.load
	r.load = &load{client: l.client, rules: l.rules, day: l.day, told: l.told, stop: make(chan struct{}), hasty: l.hasty}
	r.load.start()
}

func TestNoAcknowledgedPostingIsLostWithThreeNodes(t *testing.T) {
	c := newThree(t)
	r := c.ledger(ledgerprocess.Build(t))
	c.fault(r, "killed", func(n string) { c.do("kill", n) }, func(n string) { c.do("start", n) })
	c.fault(r, "stalled", func(n string) { c.do("stall", n) }, func(n string) { c.do("wake", n) })
	c.fault(r, "cut off", func(n string) { c.do("cut", n) }, func(n string) { c.do("mend", n) })
	r.load.end()
}

// The same with commits that wait for no standby: what the standbys had not got when the
// primary went is lost, and the test sees it.
func TestWithoutSynchronousStandbysLossesAreSeen(t *testing.T) {
	c := newThree(t, "SYNCHRONOUS=false")
	r := c.ledger(ledgerprocess.Build(t))
	c.whole()
	old := c.leader()
	var standbys []string
	for _, n := range []string{"n1", "n2", "n3"} {
		if n != old {
			standbys = append(standbys, n)
			c.do("lag", n)
		}
	}
	r.progress()
	r.progress()
	c.do("kill", old)
	for _, n := range standbys {
		c.do("wake", n)
	}
	r.served(time.Now())
	c.do("start", old)
	c.whole()
	if wrong := r.end(); !slices.ContainsFunc(wrong, lost) {
		t.Error("nothing was lost")
	} else {
		fmt.Printf("cluster test, without synchronous standbys: %d acknowledged, %d lost or wrong\n", r.load.told.count(), len(wrong))
	}
}
