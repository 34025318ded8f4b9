package camt_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// TestWhatIsSmallOnDiskIsNotLargeInMemory reads files of 17 MB that hold as many of one
// element as fit, and measures by how much the heap grows. It runs beside no other test,
// whose memory it would count.
func TestWhatIsSmallOnDiskIsNotLargeInMemory(t *testing.T) {
	const size, most = 17_000_000, 250 << 20
	start, end := sample[:strings.Index(sample, "<Stmt>")], "</BkToCstmrStmt></Document>"
	good := strings.TrimPrefix(sample[:strings.Index(sample, "</Stmt>")], start)
	for name, c := range map[string]struct{ before, element, after, reason string }{
		"entries":    {good, "<Ntry/>", "</Stmt>", "STATEMENT_TOO_LARGE"},
		"statements": {"", "<Stmt/>", "", "STATEMENT_TOO_LARGE"},
		"transfers":  {strings.TrimSuffix(good[:strings.LastIndex(good, "</Ntry>")], "\n") + "<NtryDtls>", "<TxDtls/>", "</NtryDtls></Ntry></Stmt>", "STATEMENT_TOO_LARGE"},
		"charges":    {good[:strings.LastIndex(good, "<AddtlNtryInf>")] + "<Chrgs>", "<Rcrd/>", "</Chrgs></Ntry></Stmt>", "STATEMENT_TOO_LARGE"},
		"texts":      {good[:strings.LastIndex(good, "<AddtlNtryInf>")], "<Intrst></Intrst>", "</Ntry></Stmt>", ""},
	} {
		text := start + c.before + strings.Repeat(c.element, (size-len(good))/len(c.element)) + c.after + end
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := camt.Parse(strings.NewReader(text))
		runtime.ReadMemStats(&after)
		if (c.reason == "") != (err == nil) || c.reason != "" && !fault.Is(err, fault.Reason(c.reason)) {
			t.Errorf("%s: %v", name, err)
		}
		if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > most {
			t.Errorf("%s: the heap grew by %d MiB", name, grown>>20)
		}
	}
}
