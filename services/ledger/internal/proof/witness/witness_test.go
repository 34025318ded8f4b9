package witness_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/witness"
)

// bench is a witness behind a real HTTP server.
type bench struct {
	client witness.Client
	file   string
}

// start starts a witness of the test log that keeps its state in file.
func start(t *testing.T, file string) *bench {
	t.Helper()
	seed := sha256.Sum256([]byte("witness"))
	cosigner, err := checkpoint.NewCosigner("witness.test", seed[:], func() time.Time { return time.Unix(1800000000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.New(cosigner, file, bundletest.New(t).Key(t))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	v, err := checkpoint.ParseCosignatureVerifier(cosigner.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return &bench{witness.Client{URL: server.URL, HTTP: server.Client(), Verifier: v}, file}
}

func stateFile(t *testing.T) string { return filepath.Join(t.TempDir(), "witness.json") }

// cosign asks for a cosignature of a log's checkpoint.
func (b *bench) cosign(t *testing.T, l *bundletest.Log, seen int64) error {
	t.Helper()
	signed, _ := l.Checkpoint(t.Context())
	cosigned, err := b.client.Cosign(t.Context(), signed, seen, bundle.Tiles{Source: l})
	if err != nil {
		return err
	}
	_, n, err := checkpoint.Open(cosigned, l.Key(t), b.client.Verifier)
	if err == nil && len(n.Sigs) != 2 {
		err = fmt.Errorf("%d signatures", len(n.Sigs))
	}
	return err
}

// log returns a log of n leaves.
func log(t *testing.T, n int) *bundletest.Log {
	t.Helper()
	return bundletest.New(t).Gifts(n).Seal(t)
}

func TestAGrowingLogIsCosignedAcrossRestarts(t *testing.T) {
	t.Parallel()
	file := stateFile(t)
	for _, n := range []int{0, 1, 1, 255, 256, 700, 700} {
		if err := start(t, file).cosign(t, log(t, n), 0); err != nil { // believes wrongly that nothing was seen
			t.Errorf("at %d leaves: %v", n, err)
		}
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAnOlderOrOtherLogIsNotCosigned(t *testing.T) {
	t.Parallel()
	b := start(t, stateFile(t))
	if err := b.cosign(t, log(t, 300), 0); err != nil {
		t.Fatal(err)
	}
	if err := b.cosign(t, log(t, 299), 0); !errors.Is(err, witness.ErrAhead) {
		t.Errorf("an older copy: %v", err)
	}
	for _, n := range []int{0, 200} { // of the same size, and longer
		other := log(t, 300)
		other.Leaves[7].Transaction.Source = "donations/d_other"
		other.Gifts(n).Seal(t)
		if err := b.cosign(t, other, 300); !errors.Is(err, witness.ErrFork) {
			t.Errorf("another history of %d leaves: %v", 300+n, err)
		}
	}
	if err := b.cosign(t, log(t, 301), 300); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

// post sends a body and returns status, media type and answer.
func (b *bench) post(t *testing.T, body string) (int, string, string) {
	t.Helper()
	resp, err := b.client.HTTP.Post(b.client.URL+"/add-checkpoint", "", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(answer)
}

func TestRefusalsHaveTheStatusOfC2SP(t *testing.T) {
	t.Parallel()
	b := start(t, stateFile(t))
	l := log(t, 300)
	if err := b.cosign(t, l, 0); err != nil {
		t.Fatal(err)
	}
	signed, _ := l.Checkpoint(t.Context())
	next, _ := log(t, 400).Checkpoint(t.Context())
	stranger, err := checkpoint.GenerateSigner("other.test/log")
	if err != nil {
		t.Fatal(err)
	}
	unknown, _ := checkpoint.Sign(checkpoint.Checkpoint{Origin: "other.test/log", Size: 1}, stranger)
	namesake, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	forged, _ := checkpoint.Sign(checkpoint.Checkpoint{Origin: bundletest.Origin, Size: 400}, namesake)
	zero := merkle.Hash{}.String() + "\n"
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"empty":              {"", 400},
		"no old size":        {"\n\n" + string(signed), 400},
		"leading zero":       {"old 0300\n\n" + string(next), 400},
		"negative":           {"old -1\n\n" + string(next), 400},
		"too many hashes":    {"old 300\n" + strings.Repeat(zero, 64) + "\n" + string(next), 400},
		"not a hash":         {"old 300\nAAAA\n\n" + string(next), 400},
		"not a checkpoint":   {"old 300\n\nhello\n", 400},
		"old beyond new":     {"old 401\n\n" + string(next), 400},
		"too long":           {"old 300\n\n" + strings.Repeat("x", 1<<17), 400},
		"unknown log":        {"old 0\n\n" + string(unknown), 404},
		"forged":             {"old 300\n\n" + string(forged), 403},
		"another size seen":  {"old 299\n\n" + string(next), 409},
		"no proof":           {"old 300\n\n" + string(next), 422},
		"wrong proof":        {"old 300\n" + zero + "\n" + string(next), 422},
		"proof of nothing":   {"old 300\n" + zero + "\n" + string(signed), 422},
		"the same once more": {"old 300\n\n" + string(signed), 200},
	} {
		status, media, answer := b.post(t, c.body)
		if status != c.status {
			t.Errorf("%s: answered %d %q, want %d", name, status, answer, c.status)
		}
		if status == 409 && (answer != "300\n" || media != "text/x.tlog.size") {
			t.Errorf("%s: answered %q as %s", name, answer, media)
		}
	}
	for _, path := range []string{"/", "/add-checkpoint"} {
		resp, err := b.client.HTTP.Get(b.client.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, resp.StatusCode)
		}
	}
}

// Of two histories that are submitted at the same time, one is cosigned.
func TestOfTwoHistoriesAtOnceOneIsCosigned(t *testing.T) {
	t.Parallel()
	for range 20 {
		b := start(t, stateFile(t))
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			l := log(t, 10)
			l.Leaves[0].Transaction.Source = fmt.Sprintf("donations/d_%d", i)
			l.Seal(t)
			wg.Go(func() { errs[i] = b.cosign(t, l, 0) })
		}
		wg.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			}
		}
		if good != 1 {
			t.Fatalf("%d of 8 histories were cosigned: %v", good, errs)
		}
	}
}

func TestAWitnessDoesNotAnswerBeforeItsStateIsKept(t *testing.T) {
	t.Parallel()
	b := start(t, filepath.Join(t.TempDir(), "missing", "witness.json"))
	if err := b.cosign(t, log(t, 10), 0); err == nil || !strings.Contains(err.Error(), "500") {
		t.Errorf("without a place for its state: %v", err)
	}
	broken := stateFile(t)
	for _, text := range []string{"", "{", "null", `{"a":{"size":-1}}`, `{"a":{"size":1}}`} {
		if err := os.WriteFile(broken, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := witness.New(nil, broken); err == nil {
			t.Errorf("a state of %q was read", text)
		}
	}
}

func TestAnAnswerThatIsNotTheWitnesssIsNotTaken(t *testing.T) {
	t.Parallel()
	l := log(t, 10)
	stranger, err := checkpoint.NewCosigner("witness.test", make([]byte, 32), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	signed, _ := l.Checkpoint(t.Context())
	c, _ := checkpoint.Unverified(signed)
	lines, err := note.Sign(&note.Note{Text: c.Body()}, stranger)
	if err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"a stranger's":  func(w http.ResponseWriter, _ *http.Request) { w.Write(lines[len(c.Body())+1:]) },
		"nothing":       func(http.ResponseWriter, *http.Request) {},
		"sizes forever": func(w http.ResponseWriter, r *http.Request) { size(w, "3\n") },
		"not a size":    func(w http.ResponseWriter, r *http.Request) { size(w, "many\n") },
	} {
		server := httptest.NewServer(answer)
		b := start(t, stateFile(t))
		b.client.URL = server.URL
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if got, err := b.client.Cosign(ctx, signed, 0, bundle.Tiles{Source: l}); err == nil {
			t.Errorf("%s: merged to\n%s", name, got)
		}
		cancel()
		server.Close()
	}
}

func size(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/x.tlog.size")
	w.WriteHeader(http.StatusConflict)
	io.WriteString(w, text)
}
