package verify_test

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// benchLeaves is the size of the log that is verified.
const benchLeaves = 200_000

// longLog returns a log of gifts with names as long as they are in life.
func longLog(t testing.TB) *bundletest.Log {
	l := bundletest.Story(t)
	for len(l.Leaves) < benchLeaves {
		id := fmt.Sprintf("%026x", len(l.Leaves))
		l.Post(leaf.Donation, "2026-11-22", "stripe/"+id+id+"/charge", "donations/d_"+id,
			bundletest.D("asset:stripe", 5000), bundletest.C("fund:general:clearing", 4800),
			bundletest.C("fund:reserve:available", 100), bundletest.C("fund:operations:available", 100))
	}
	return l.Seal(t)
}

// rounds is how often both are measured, in turns, so that what else the machine
// does hits both.
const rounds = 5

// BenchmarkVerify verifies a bundle and, in the same run, takes the bare SHA-256
// of every leaf on as many cores; the figure is their ratio.
func BenchmarkVerify(b *testing.B) {
	l := longLog(b)
	dir := b.TempDir()
	m, err := bundle.Write(b.Context(), l, dir, nil)
	if err != nil {
		b.Fatal(err)
	}
	o := verify.Options{Source: bundle.Dir(dir), Manifest: m, Keys: []note.Verifier{l.Key(b)}, TempDir: b.TempDir()}
	tiles := leaves(b, m, bundle.Dir(dir))
	var verified, ratio []float64
	for range rounds {
		start := time.Now()
		report, err := verify.Run(b.Context(), o)
		if err != nil || !report.OK() {
			b.Fatal(report.Findings, err)
		}
		took := time.Since(start)
		start = time.Now()
		hash(tiles)
		ratio = append(ratio, took.Seconds()/time.Since(start).Seconds())
		verified = append(verified, float64(m.Size)/took.Seconds())
	}
	figure("ledger.verify", median(verified), "entries/s")
	figure("ledger.verify.vs_sha256", 1/median(ratio), "ratio")
}

// figure prints one result, as make bench takes it.
func figure(name string, value float64, unit string) {
	fmt.Printf("figure %s %.2f %s\n", name, value, unit)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// leaves reads the leaves of a bundle, tile by tile.
func leaves(b *testing.B, m *bundle.Manifest, src bundle.Source) (tiles [][][]byte) {
	for ref := range merkle.Refs(m.Size) {
		if !ref.Entries {
			return tiles
		}
		content, err := src.Tile(b.Context(), ref.Path())
		if err != nil {
			b.Fatal(err)
		}
		bodies, err := merkle.Entries(content)
		if err != nil {
			b.Fatal(err)
		}
		tiles = append(tiles, bodies)
	}
	return tiles
}

// hash takes the SHA-256 of each leaf on all cores.
func hash(tiles [][][]byte) {
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(tiles); i += workers {
				for _, body := range tiles[i] {
					sha256.Sum256(body)
				}
			}
		})
	}
	wg.Wait()
}
