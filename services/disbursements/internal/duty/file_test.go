package duty_test

import (
	"context"
	"errors"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// fileOf reads the only file of a plan.
func (d *desk) fileOf(planID string) store.File {
	d.t.Helper()
	list, err := d.store.Files(context.Background(), planID, page.Page{Size: 10})
	if err != nil || len(list) != 1 {
		d.t.Fatalf("files: %+v, %v", list, err)
	}
	return list[0]
}

func TestAFileWaitsForWhatIsOnItsWay(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(2)
	file := d.fileOf(planID)
	// Given a file of two payments, one of them handed over,
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	d.done("seal too early", d.worker.Seal(ctx, file.ID))
	if f := d.fileOf(planID); f.State != payment.FileCollecting {
		t.Errorf("file with a payment on its way: %+v", f)
	}
	// when the other is handed over too, it is sealed, and stays so.
	d.done("submit", d.worker.Submit(ctx, payments[1]))
	for range 2 {
		d.done("seal", d.worker.Seal(ctx, file.ID))
	}
	if f := d.fileOf(planID); f.State != payment.FileSealed || f.Lines != 2 || f.Total != 20_000 || len(f.Digest) != 32 {
		t.Errorf("file: %+v", f)
	}
}

func TestAFileOfNothingIsEmpty(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(1)
	d.families.releasing = suspended()
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	d.done("seal", d.worker.Seal(ctx, d.fileOf(planID).ID))
	if f := d.fileOf(planID); f.State != payment.FileEmpty || f.Lines != 0 || f.Digest != nil {
		t.Errorf("file: %+v", f)
	}
}

// broken makes files badly.
type broken struct {
	rail.Filer
	err error
}

func (b broken) Compose(context.Context, payment.FileContent) (payment.SealedFile, error) {
	return payment.SealedFile{}, b.err
}

func (b broken) Destroy(context.Context, string) error { return b.err }

// TestWhatCannotBeDoneIsStillOwed fails the composing and the destroying of a
// file.
func TestWhatCannotBeDoneIsStillOwed(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(1)
	d.done("submit", d.worker.Submit(ctx, payments[0]))
	file, cause := d.fileOf(planID).ID, errors.New("the key store is away")
	options := d.options
	options.Rails = rail.Set{broken{Filer: d.files, err: cause}}
	w := duty.New(options)
	if err := w.Seal(ctx, file); !errors.Is(err, cause) {
		t.Errorf("seal: %v", err)
	}
	if f := d.fileOf(planID); f.State != payment.FileCollecting {
		t.Errorf("file that was not made: %+v", f)
	}
	d.done("seal", d.worker.Seal(ctx, file))
	if err := w.Destroy(ctx, file); !errors.Is(err, cause) {
		t.Errorf("destroy: %v", err)
	}
	if f := d.fileOf(planID); f.State != payment.FileSealed {
		t.Errorf("file whose key is still there: %+v", f)
	}
	for range 2 {
		d.done("destroy", d.worker.Destroy(ctx, file))
	}
	if f := d.fileOf(planID); f.State != payment.FileDestroyed {
		t.Errorf("file: %+v", f)
	}
}
