package sepa_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest/filetest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// one is a desk with one claimed attempt.
type one struct {
	*filetest.Desk
	sepa rail.Filer
	in   payment.Instruction
}

func newOne(t *testing.T) *one {
	t.Helper()
	d := newDesk(t)
	in := d.Claimed(1)[0]
	in.Attempt.Minor, in.Attempt.EndToEndID = 10_000, "E1"
	return &one{Desk: d, sepa: d.Over(d.Store), in: in}
}

func TestHandingOverAndNotingItAreOneFact(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newOne(t)
	if f, err := d.sepa.Poll(ctx, d.in.Attempt); f != payment.NotKnown || err != nil {
		t.Errorf("before: %v, %v", f, err)
	}
	if _, err := d.sepa.Submit(ctx, d.in); err != nil {
		t.Fatalf("submit: %v", err)
	}
	if f, err := d.sepa.Poll(ctx, d.in.Attempt); f != payment.Waiting || err != nil {
		t.Errorf("after: %v, %v", f, err)
	}
	a, err := d.Store.Attempts(ctx, d.in.Attempt.PaymentID, page.Page{Size: 10})
	if err != nil || !a[0].Handed {
		t.Errorf("attempt: %+v, %v", a, err)
	}
	if y, err := d.Store.Payment(ctx, d.in.Attempt.PaymentID); err != nil || y.State != payment.Submitted {
		t.Errorf("payment: %+v, %v", y, err)
	}
}

func TestASealedInstructionOpensNowhereElse(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newOne(t)
	if _, err := d.sepa.Submit(ctx, d.in); err != nil {
		t.Fatalf("submit: %v", err)
	}
	var sealed []byte
	if err := d.DB.Pool.QueryRow(ctx, `SELECT sealed FROM file_lines`).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	// The line's ciphertext, put where a file's belongs, does not open.
	if _, err := d.sepa.Open(ctx, d.in.Attempt.FileID, sealed); !fault.Is(err, "SEAL_BROKEN") {
		t.Errorf("opened: %v", err)
	}
}

// sealedLine is the instruction that the desk has handed over, as the database keeps
// it.
func (d *one) sealedLine(t *testing.T) payment.SealedLine {
	t.Helper()
	l := payment.SealedLine{PaymentID: d.in.Attempt.PaymentID, Number: 1, EndToEndID: "E1", Currency: "EUR", Minor: 10_000}
	if err := d.DB.Pool.QueryRow(context.Background(), `SELECT sealed FROM file_lines`).Scan(&l.Sealed); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAFileIsComposedOfItsInstructionsAndOpensAgain(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newOne(t)
	if _, err := d.sepa.Submit(ctx, d.in); err != nil {
		t.Fatalf("submit: %v", err)
	}
	c := payment.FileContent{ID: d.in.Attempt.FileID, MessageID: "M1", Sender: "main", Lines: []payment.SealedLine{d.sealedLine(t)}}
	file, err := d.sepa.Compose(ctx, c)
	if err != nil || file.Lines != 1 || file.Total != 10_000 || bytes.Contains(file.Sealed, []byte("DE8937")) {
		t.Fatalf("file %+v, %v", file, err)
	}
	plain, err := d.sepa.Open(ctx, c.ID, file.Sealed)
	if err != nil || sha256.Sum256(plain) != [32]byte(file.SHA256) {
		t.Fatalf("opened: %v", err)
	}
	for _, part := range []string{"DE89370400440532013000", "Ianka", "Leipzig", "M1", "E1", "100.00", "LT121000011101001000"} {
		if !bytes.Contains(plain, []byte(part)) {
			t.Errorf("the file lacks %s", part)
		}
	}
	// Another file's key does not open it, and a destroyed one opens nothing.
	if _, err := d.sepa.Open(ctx, "pf_00000000000000000000000002", file.Sealed); err == nil {
		t.Error("another key opened it")
	}
	for range 2 {
		if err := d.sepa.Destroy(ctx, c.ID); err != nil {
			t.Fatalf("destroy: %v", err)
		}
	}
	if _, err := d.sepa.Open(ctx, c.ID, file.Sealed); err == nil {
		t.Error("a destroyed key opened it")
	}
	if _, err := d.sepa.Compose(ctx, c); err == nil {
		t.Error("a destroyed key opened an instruction")
	}
}

func TestAFileThatCannotBeComposedIsNone(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newOne(t)
	if _, err := d.sepa.Submit(ctx, d.in); err != nil {
		t.Fatalf("submit: %v", err)
	}
	for name, change := range map[string]func(*payment.FileContent){
		"an unknown sender":       func(c *payment.FileContent) { c.Sender = "nobody" },
		"no message id":           func(c *payment.FileContent) { c.MessageID = "" },
		"another payment's line":  func(c *payment.FileContent) { c.Lines[0].PaymentID = "y_00000000000000000000000002" },
		"another attempt's line":  func(c *payment.FileContent) { c.Lines[0].Number = 2 },
		"a changed line":          func(c *payment.FileContent) { c.Lines[0].Sealed[len(c.Lines[0].Sealed)-1] ^= 1 },
		"no line":                 func(c *payment.FileContent) { c.Lines[0].Sealed = nil },
		"a line twice":            func(c *payment.FileContent) { c.Lines = append(c.Lines, c.Lines[0]) },
		"an amount of nothing":    func(c *payment.FileContent) { c.Lines[0].Minor = 0 },
		"another amount":          func(c *payment.FileContent) { c.Lines[0].Minor++ },
		"another currency":        func(c *payment.FileContent) { c.Lines[0].Currency = "PLN" },
		"an id that banks refuse": func(c *payment.FileContent) { c.Lines[0].EndToEndID = "y_1" },
	} {
		c := payment.FileContent{ID: d.in.Attempt.FileID, MessageID: "M1", Sender: "main", Lines: []payment.SealedLine{d.sealedLine(t)}}
		change(&c)
		file, err := d.sepa.Compose(ctx, c)
		if err == nil || file.Sealed != nil {
			t.Errorf("%s: %+v, %v", name, file, err)
		}
		if err != nil && strings.Contains(err.Error(), "DE8937") {
			t.Errorf("%s: the error quotes the account", name)
		}
	}
	empty, err := d.sepa.Compose(ctx, payment.FileContent{ID: d.in.Attempt.FileID, MessageID: "M1", Sender: "main"})
	if err != nil || empty.Sealed != nil || empty.SHA256 != nil || empty.Lines != 0 {
		t.Errorf("a file of nothing: %+v, %v", empty, err)
	}
}

func TestADestinationThatNoBankTakesIsRefusedForCertain(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newOne(t)
	for name, change := range map[string]func(*payment.BankAccount){
		"outside SEPA": func(x *payment.BankAccount) { x.IBAN = "BY13NBRB3600900000002Z00AB00" },
		"wrong digits": func(x *payment.BankAccount) { x.IBAN = "DE89370400440532013001" },
		"no holder":    func(x *payment.BankAccount) { x.Holder = "" },
		"no town":      func(x *payment.BankAccount) { x.Town = "" },
	} {
		in := d.in
		account := *in.Destination.BankAccount
		change(&account)
		in.Destination = payment.Destination{BankAccount: &account}
		if _, err := d.sepa.Submit(ctx, in); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, err := d.Store.Attempts(ctx, d.in.Attempt.PaymentID, page.Page{Size: 10}); err != nil || a[0].Handed {
		t.Errorf("something was handed over: %+v, %v", a, err)
	}
}

func TestAStoppedRailTakesNothing(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newOne(t)
	if err := d.Store.StopRail(ctx, "sepa", "staff/s_1"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.sepa.Submit(ctx, d.in); !fault.Is(err, "RAIL_STOPPED") {
		t.Errorf("submit: %v", err)
	}
	if f, err := d.sepa.Poll(ctx, d.in.Attempt); f != payment.NotKnown || err != nil {
		t.Errorf("after: %v, %v", f, err)
	}
}
