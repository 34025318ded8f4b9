package story

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
)

// Amounts and account of the foundation's bank in the story.
const (
	senderIBAN     = "LT121000011101001000"
	openingBalance = 2_000_000 // 20,000.00 EUR
)

// coverDeficit waits until the tips have paid back what the first gift's fee had taken
// on credit, and books what the bank account held at the beginning.
func (t *teller) coverDeficit(ctx context.Context) error {
	if err := until(ctx, "covering of the first fee", func(ctx context.Context) (bool, error) {
		owed, err := t.balance(ctx, "deficit:"+wholeFund)
		return owed == 0, err
	}); err != nil {
		return err
	}
	t.say("The first gift's fee had found running costs empty; the tips have covered it, by rule.")
	return t.adjust(ctx, "story-opening", map[string]any{
		"kind": "ADJUSTMENT_KIND_OPENING_BALANCE", "debitAccount": "asset:bank:main", "creditAccount": "equity:opening",
		"amount": euros(openingBalance), "occurredOn": t.today(),
	})
}

// adjust has one person propose a booking and another approve it; the first may
// not.
func (t *teller) adjust(ctx context.Context, key string, adjustment map[string]any) error {
	evidence := sha256.Sum256([]byte("minutes of the meeting about " + key))
	adjustment["evidenceSha256"] = base64.StdEncoding.EncodeToString(evidence[:])
	var a struct{ Name, State string }
	if err := t.staff["tomas"].JSON(ctx, http.MethodPost, "/v1/ledger/adjustments:propose", key+"-propose",
		map[string]any{"adjustment": adjustment}, &a); err != nil {
		return err
	}
	if err := t.staff["rita"].JSON(ctx, http.MethodPost, "/v1/"+a.Name+":approve", key+"-approve",
		map[string]any{}, &a); err != nil {
		return err
	}
	return until(ctx, "booking of "+a.Name, func(ctx context.Context) (bool, error) {
		err := t.staff["tomas"].Get(ctx, "/v1/"+a.Name, &a)
		if a.State == "ADJUSTMENT_STATE_REFUSED" {
			return true, fmt.Errorf("adjustment %s was refused by the books", a.Name)
		}
		return a.State == "ADJUSTMENT_STATE_BOOKED", err
	})
}

func (t *teller) today() string { return t.Now().UTC().Format("2006-01-02") }
