package manual_test

import (
	"context"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest/filetest"
)

// desk is the rail over a database.
type desk struct{ *filetest.Desk }

func outsideDesk(t *testing.T) desk {
	t.Helper()
	return desk{filetest.NewDesk(t, outside(t, "main", byan()))}
}

// sheet is what people are told to do about some places.
func (d desk) sheet(t *testing.T, places ...payment.Destination) string {
	t.Helper()
	ctx, r := context.Background(), d.Over(d.Store)
	claimed := d.Claimed(len(places))
	for i, in := range claimed {
		in.Destination = places[i]
		if _, err := r.Submit(ctx, in); err != nil {
			t.Fatalf("submit: %v", err)
		}
	}
	content, err := d.Store.CompleteFile(ctx, claimed[0].Attempt.FileID)
	if err != nil || content == nil {
		t.Fatalf("complete: %v", err)
	}
	file, err := r.Compose(ctx, *content)
	if err != nil {
		t.Fatalf("compose: %v", err)
	}
	plain, err := r.Open(ctx, content.ID, file.Sealed)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return string(plain)
}
