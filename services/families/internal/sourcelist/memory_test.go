package sourcelist_test

import (
	"io"
	"runtime"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
)

// Not parallel: it measures the memory of the whole process.
func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	const rows, limit = 20_000, 12 << 20 // kept rows would take 60 MB
	file, out := io.Pipe()
	go func() { out.CloseWithError(listfake.Generate(out, 1, rows, listfake.Registry)) }()
	_, all, err := sourcelist.Parse(file, today())
	if err != nil {
		t.Fatal(err)
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for _, err := range all {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%5_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			if now.HeapAlloc > before.HeapAlloc+limit {
				t.Fatalf("after %d rows %d bytes more are in use", n, now.HeapAlloc-before.HeapAlloc)
			}
		}
	}
	if n != rows {
		t.Errorf("rows: %d, want %d", n, rows)
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		file, out := io.Pipe()
		go func() { out.CloseWithError(listfake.Generate(out, 1, 10_000, listfake.Registry)) }()
		_, rows, err := sourcelist.Parse(file, today())
		if err != nil {
			b.Fatal(err)
		}
		for range rows {
		}
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "rows/s")
}
