package sepa_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

func TestSEPAKeepsTheRulesOfRails(t *testing.T) {
	t.Parallel()
	railtest.Run(t, func(t *testing.T) railtest.Bench {
		return &bench{desk: newDesk(t)}
	})
}

// bench is the rail over a database; people fetch its files and bring them to the bank.
type bench struct {
	*desk
	mu      sync.Mutex // over what follows
	fail    []bool
	left    []railtest.Sent
	brought [][]byte // to the bank
}

var errLost = errors.New("the connection is broken")

// AddLine is the store's, and fails where it was told to.
func (b *bench) AddLine(ctx context.Context, a payment.Attempt, sealed []byte) error {
	if b.fails(false) {
		return errLost
	}
	err := b.store.AddLine(ctx, a, sealed)
	if err == nil && b.fails(true) {
		return errLost
	}
	return err
}

func (b *bench) Line(ctx context.Context, a payment.Attempt) (payment.FileLine, error) {
	return b.store.Line(ctx, a)
}

func (b *bench) Withdraw(ctx context.Context, c payment.Cancellation) error {
	return b.store.Withdraw(ctx, c)
}

func (b *bench) fails(after bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.fail) == 0 || b.fail[0] != after {
		return false
	}
	b.fail = b.fail[1:]
	return true
}

func (b *bench) FailNext(after bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = append(b.fail, after)
}

// nobodyFetched is a ledger that knows of no fetching.
func nobodyFetched(context.Context) error { return nil }

func (b *bench) Rail() rail.Rail { return b.rail(b) }

func (b *bench) Claimed(n int) []payment.Instruction { return b.claimed(n) }

func (b *bench) Cancellation(in []payment.Instruction) payment.Cancellation {
	a := in[len(in)-1].Attempt
	if err := b.seal(a.FileID); err != nil {
		b.t.Errorf("seal: %v", err)
	}
	return payment.Cancellation{Plan: planID, File: a.FileID, Person: "staff/s_canceller", Unfetched: nobodyFetched}
}

func (b *bench) Refuse(in payment.Instruction) error {
	return b.Rail().Cancel(context.Background(), b.Cancellation([]payment.Instruction{in}))
}

// Leave has each file that is complete sealed, fetched and brought to the bank.
func (b *bench) Leave() error {
	ctx := context.Background()
	rows, err := b.db.Pool.Query(ctx, `
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
		if err := b.fetch(id); err != nil {
			return err
		}
	}
	return nil
}

// seal makes a file of its lines, as the duty does.
func (b *bench) seal(id string) error {
	ctx := context.Background()
	content, err := b.store.CompleteFile(ctx, id)
	if err != nil || content == nil {
		return err
	}
	made, err := b.rail(b).Compose(ctx, *content)
	if err != nil {
		return err
	}
	return b.store.SealFile(ctx, made)
}

func (b *bench) fetch(id string) error {
	ctx := context.Background()
	if err := b.seal(id); err != nil {
		return err
	}
	if err := b.store.ProposeDownload(ctx, planID, id, "staff/s_proposer", "FIRST_HANDOVER"); err != nil {
		return err
	}
	sealed, err := b.store.TakeDownload(ctx, planID, id, "staff/s_fetcher", 7)
	if err != nil {
		return err
	}
	plain, err := b.rail(b).Open(ctx, id, sealed)
	if err != nil {
		return err
	}
	return b.bring(plain)
}

// bring brings a file to the bank, and keeps what stands in it.
func (b *bench) bring(plain []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var in struct {
		Payments []struct {
			ID     string `xml:"PmtId>EndToEndId"`
			Amount string `xml:"Amt>InstdAmt"`
		} `xml:"CstmrCdtTrfInitn>PmtInf>CdtTrfTxInf"`
	}
	if err := xml.Unmarshal(plain, &in); err != nil {
		return err
	}
	for _, p := range in.Payments {
		minor, err := money.ParseDecimal(p.Amount, "EUR")
		if err != nil {
			return err
		}
		b.left = append(b.left, railtest.Sent{EndToEndID: p.ID, Minor: minor})
	}
	b.brought = append(b.brought, plain)
	return nil
}

func (b *bench) Left() ([]railtest.Sent, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]railtest.Sent(nil), b.left...), nil
}

func (b *bench) Report() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bank := bankfake.New(senderIBAN, "EUR", 10_000_000)
	for _, plain := range b.brought {
		if _, err := bank.Take(bytes.NewReader(plain)); err != nil {
			return nil, err
		}
	}
	var file bytes.Buffer
	err := bank.Statement(&file, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), func(string, int64) string { return "" })
	return file.Bytes(), err
}

// TestAFileIsWithdrawnWholeAndNeverFetched plays what people can do with a file in each
// order.
func TestAFileIsWithdrawnWholeAndNeverFetched(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), &bench{desk: newDesk(t)}
	all := b.claimed(2)
	withdraw := func() error {
		return b.Rail().Cancel(ctx, payment.Cancellation{Plan: planID, File: all[0].Attempt.FileID, Person: "staff/s_canceller", Unfetched: nobodyFetched})
	}
	for _, in := range all {
		if _, err := b.Rail().Submit(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	// While it is filled it is not complete, and what is not complete is not withdrawn.
	if err := withdraw(); !fault.Is(err, "FILE_NOT_SEALED") {
		t.Errorf("withdrawn while it is filled: %v", err)
	}
	if err := b.seal(all[0].Attempt.FileID); err != nil {
		t.Fatal(err)
	}
	if err := withdraw(); err != nil {
		t.Fatalf("withdraw: %v", err)
	}
	if err := b.fetch(all[0].Attempt.FileID); !fault.Is(err, "FILE_NOT_SEALED") {
		t.Errorf("fetched: %v", err)
	}
	for _, in := range all {
		a, err := b.store.Attempts(ctx, in.Attempt.PaymentID, page.Page{Size: 10})
		if err != nil || a[0].State != payment.AttemptFailed || a[0].Failure != "WITHDRAWN" {
			t.Errorf("attempt %+v, %v", a, err)
		}
	}
}
