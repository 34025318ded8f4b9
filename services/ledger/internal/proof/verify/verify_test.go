package verify_test

import (
	"context"
	"math"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// check verifies a log as a running server would show it.
func check(t *testing.T, l *bundletest.Log, change func(*verify.Options)) verify.Report {
	t.Helper()
	o := verify.Options{Source: l, Keys: []note.Verifier{l.Key(t)}, TempDir: t.TempDir()}
	if change != nil {
		change(&o)
	}
	report, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// export writes a log into a folder.
func export(t *testing.T, src bundle.Source) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := bundle.Write(t.Context(), src, dir, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// checkDir verifies a folder.
func checkDir(ctx context.Context, t *testing.T, dir string, keys ...note.Verifier) (verify.Report, error) {
	t.Helper()
	m, err := bundle.ReadManifest(dir)
	if err != nil {
		return verify.Report{}, err
	}
	return verify.Run(ctx, verify.Options{Source: bundle.Dir(dir), Manifest: m, Keys: keys, TempDir: t.TempDir()})
}

func TestARightLedgerIsRight(t *testing.T) {
	t.Parallel()
	for _, gifts := range []int{0, 1, 235, 236, 237, 600, 70_000} {
		if gifts > 1000 && testing.Short() {
			continue
		}
		l := bundletest.Story(t).Gifts(gifts).Seal(t)
		kept, _ := bundletest.Story(t).Checkpoint(t.Context())
		var done int64
		report := check(t, l, func(o *verify.Options) {
			o.Kept = kept
			o.Progress = func(n, total int64) { done = n }
		})
		if !report.OK() || !report.Signed || !report.Continued {
			t.Fatalf("with %d gifts: %+v", gifts, report)
		}
		if done != report.Size || report.Transactions+report.Decisions != report.Size {
			t.Errorf("with %d gifts: counts %+v, %d done", gifts, report, done)
		}
	}
}

func TestAnEmptyLedgerIsRight(t *testing.T) {
	t.Parallel()
	report := check(t, bundletest.New(t).Seal(t), nil)
	if !report.OK() || report.Size != 0 {
		t.Fatalf("%+v", report)
	}
}

func TestTheLargestAmountsOfTheFormatAddUp(t *testing.T) {
	t.Parallel()
	const most = math.MaxInt64
	l := bundletest.New(t)
	l.Post(leaf.Suspense, "2026-11-01", "a", "statements/s_1",
		bundletest.D("asset:bank:a", most), bundletest.D("asset:bank:b", most), bundletest.D("asset:bank:c", most-1),
		bundletest.C("suspense:a", most), bundletest.C("suspense:b", most), bundletest.C("suspense:c", most-1))
	if report := check(t, l.Seal(t), nil); !report.OK() {
		t.Errorf("balanced: %v", report.Findings)
	}
	if v := python(t, l.Signer.VerifierKey(), export(t, l)); !v[0].right {
		t.Error(v[0].words)
	}
	last := &l.Leaves[0].Transaction.Entries[5]
	last.Amount, last.Balance = last.Amount-5, last.Balance-5
	report := check(t, l.Seal(t), nil)
	if len(report.Findings) != 1 || report.Findings[0].Words != "credits less debits in EUR are -5, not zero" {
		t.Errorf("five too few: %v", report.Findings)
	}
	last.Amount, last.Balance = last.Amount+5, last.Balance+5
	again := l.Post(leaf.Suspense, "2026-11-01", "b", "statements/s_1", bundletest.D("asset:bank:a", 2), bundletest.C("suspense:z", 2))
	again.Entries[0].Balance = math.MaxInt64
	report = check(t, l.Seal(t), nil)
	if len(report.Findings) != 1 || report.Findings[0].Words != "the balance of asset:bank:a in EUR no longer fits 64 bits" {
		t.Errorf("beyond 64 bits: %v", report.Findings)
	}
}

func TestAnExportVerifiesOffline(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(600).Seal(t)
	report, err := checkDir(t.Context(), t, export(t, l), l.Key(t))
	if err != nil || !report.OK() {
		t.Fatalf("%+v, %v", report, err)
	}
}
