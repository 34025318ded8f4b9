package server_test

import (
	"errors"
	"io"
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// read takes the books as of a size.
func (f *fixture) read(size int64) (text []byte, err error) {
	stream, err := f.log().ReadBooks(f.t.Context(), &ledgerv1.ReadBooksRequest{Size: size})
	for err == nil {
		var resp *ledgerv1.ReadBooksResponse
		if resp, err = stream.Recv(); err == nil {
			text = append(text, resp.GetData()...)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return text, err
}

func TestBooksOfLongAgoAreRefusedByTheirSize(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.proof.WithTail(2)
	for _, reference := range []string{"g/1", "g/2", "g/3"} {
		f.post(postingtest.Gift(reference, 100))
	}
	for _, size := range []int64{0, 3, 2, 1} {
		if text, err := f.read(size); err != nil || len(text) == 0 {
			t.Errorf("books of %d leaves: %q, %v", size, text, err)
		}
	}
	f.post(postingtest.Gift("g/4", 100))
	_, err := f.read(1)
	refused := fault.As(err)
	if refused == nil || refused.Kind != fault.Invalid || len(refused.Violations) != 1 || refused.Violations[0].Field != "size" {
		t.Errorf("books of 1 leaf: %v, want size refused", err)
	}
}
