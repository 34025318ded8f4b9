package household_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// TestNobodyLetsThemselvesReadBySQL has a colleague who can write to the database.
func TestNobodyLetsThemselvesReadBySQL(t *testing.T) {
	t.Parallel()
	for _, protected := range []bool{true, false} {
		d := newDesk(t).payable()
		if !protected {
			d.store.Lax()
		}
		_, err := d.store.Show(t.Context(), d.family, "staff/s_looker", "paymentPlans/p_1")
		d.must(err)
		d.statement(`UPDATE sights SET person = 'staff/s_other'`)
		_, err = d.store.Unseal(d.as("staff/s_other"), "staff/s_other", d.family, family.PurposeLook)
		if protected && !fault.Is(err, "ROW_CHANGED") || !protected && err != nil {
			t.Errorf("protected %t: %v", protected, err)
		}
	}
}
