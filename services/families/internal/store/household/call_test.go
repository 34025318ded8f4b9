package household_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// TestACallByAnotherHandIsRefused has somebody write to the database that they have called,
// and type in an account that they never heard.
func TestACallByAnotherHandIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	account := d.account(d.family, "LT601010012345678901")
	d.statement(`INSERT INTO calls (subject_id, person, family_id, version, called_at, mac) VALUES ($1, $2, $3, 1, $4, '')`,
		account, verifier, d.family, d.now())
	heard := d.entered[d.destination]
	confirm := func(typed destination.Details) error {
		_, err := d.store.ConfirmDestination(d.as(verifier), verifier, d.family, account, typed)
		return err
	}
	if err := confirm(heard); !fault.Is(err, "ROW_CHANGED") {
		t.Errorf("a call that was made by SQL: %v", err)
	}
	if err := d.confirm(drawn, d.family, account); err != nil { // who has called and heard the same
		t.Error(err)
	}
	// With the protection off, hearsay is enough.
	other := d.account(d.family, "LT601010012345678901")
	d.store.Hearsay()
	if _, err := d.store.ConfirmDestination(d.as(verifier), verifier, d.family, other, heard); err != nil {
		t.Errorf("with the protection off: %v", err)
	}
}
