package filetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Bench is the rail over a database; people fetch its files and carry them outside.
type Bench struct {
	*Desk
	mu      sync.Mutex // over what follows
	fail    []bool
	left    []railtest.Sent
	carried [][]byte
}

var _ railtest.Bench = (*Bench)(nil)

// New returns a bench over a database of its own.
func New(t *testing.T, o Outside) *Bench {
	t.Helper()
	return &Bench{Desk: NewDesk(t, o)}
}

var errLost = errors.New("the connection is broken")

// AddLine is the store's, and fails where it was told to.
func (b *Bench) AddLine(ctx context.Context, a payment.Attempt, sealed []byte) error {
	if b.fails(false) {
		return errLost
	}
	err := b.Store.AddLine(ctx, a, sealed)
	if err == nil && b.fails(true) {
		return errLost
	}
	return err
}

// Line is the store's.
func (b *Bench) Line(ctx context.Context, a payment.Attempt) (payment.FileLine, error) {
	return b.Store.Line(ctx, a)
}

// Withdraw is the store's.
func (b *Bench) Withdraw(ctx context.Context, c payment.Cancellation) error {
	return b.Store.Withdraw(ctx, c)
}

func (b *Bench) fails(after bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.fail) == 0 || b.fail[0] != after {
		return false
	}
	b.fail = b.fail[1:]
	return true
}

// FailNext lets the next line fail.
func (b *Bench) FailNext(after bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = append(b.fail, after)
}

// nobodyFetched is a ledger that knows of no fetching.
func nobodyFetched(context.Context) error { return nil }

// Rail is the rail over lines that can fail.
func (b *Bench) Rail() rail.Rail { return b.Over(b) }

// Cancellation takes back the file of some instructions, which is sealed before.
func (b *Bench) Cancellation(in []payment.Instruction) payment.Cancellation {
	a := in[len(in)-1].Attempt
	if err := b.Seal(a.FileID); err != nil {
		b.t.Errorf("seal: %v", err)
	}
	return Withdrawal(a.FileID)
}

// Withdrawal takes back a file.
func Withdrawal(fileID string) payment.Cancellation {
	return payment.Cancellation{Plan: PlanID, File: fileID, Person: resource.Staff.Of("s_canceller"), Unfetched: nobodyFetched}
}

// Refuse takes the file back before anybody carries it.
func (b *Bench) Refuse(in payment.Instruction) error {
	return b.Rail().Cancel(context.Background(), b.Cancellation([]payment.Instruction{in}))
}

// Leave has each file that is complete sealed, fetched and carried outside.
func (b *Bench) Leave() error {
	ctx := context.Background()
	rows, err := b.DB.Pool.Query(ctx, `
		SELECT f.id FROM payment_files f WHERE f.state IN ('COLLECTING', 'SEALED')
			AND EXISTS (SELECT 1 FROM file_lines l WHERE l.file_id = f.id)
			AND NOT EXISTS (SELECT 1 FROM file_downloads d WHERE d.file_id = f.id) ORDER BY f.id`)
	if err != nil {
		return err
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		if err := b.Fetch(id); err != nil {
			return err
		}
	}
	return nil
}

// Seal makes a file of its lines, as the duty does.
func (b *Bench) Seal(id string) error {
	ctx := context.Background()
	content, err := b.Store.CompleteFile(ctx, id)
	if err != nil || content == nil {
		return err
	}
	made, err := b.Over(b).Compose(ctx, *content)
	if err != nil {
		return err
	}
	return b.Store.SealFile(ctx, made)
}

// Fetch has two people fetch a file, who carry it outside.
func (b *Bench) Fetch(id string) error {
	ctx := context.Background()
	if err := b.Seal(id); err != nil {
		return err
	}
	if err := b.Store.ProposeDownload(ctx, PlanID, id, resource.Staff.Of("s_proposer"), "FIRST_HANDOVER"); err != nil {
		return err
	}
	sealed, err := b.Store.TakeDownload(ctx, PlanID, id, resource.Staff.Of("s_fetcher"), 7)
	if err != nil {
		return err
	}
	plain, err := b.Over(b).Open(ctx, id, sealed)
	if err != nil {
		return err
	}
	sent, err := b.Read(plain)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.carried = append(b.left, sent...), append(b.carried, plain)
	return nil
}

// Left are the payments of all files that were carried outside.
func (b *Bench) Left() ([]railtest.Sent, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.left), nil
}

// Report says that all was paid.
func (b *Bench) Report() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Outside.Report(b.carried)
}
