package payment

import (
	"testing"

	"pgregory.net/rapid"
)

// TestNoLinesPayAPaymentTwice lets any lines come in any order, and keeps what the
// bank's account lost and got back for the attempt.
func TestNoLinesPayAPaymentTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(1, 2_000_000).Draw(t, "amount")
		k := Known{
			State: rapid.SampledFrom([]AttemptState{AttemptClaimed, AttemptSent, AttemptUnknown, AttemptFailed}).Draw(t, "state"),
			Minor: amount, Currency: "EUR",
		}
		failed := k.State == AttemptFailed
		settled, returned := 0, 0
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			l := Line{
				Credit: rapid.Bool().Draw(t, "credit"), IsReturn: rapid.Bool().Draw(t, "is a return"),
				Minor:    rapid.SampledFrom([]int64{amount, amount - 1, amount + 1, 1, amount * 9 / 10}).Draw(t, "minor"),
				Currency: rapid.SampledFrom([]string{"EUR", "EUR", "EUR", "PLN"}).Draw(t, "currency"),
			}
			if k.State == AttemptSettled {
				k.Confirmed = k.Confirmed || rapid.Bool().Draw(t, "confirmed")
			}
			if l.Minor < 1 {
				continue
			}
			effect, mismatch := Explain(l, &k)
			if (effect == Unmatched) != (mismatch != "") {
				t.Fatalf("%s for %q", effect, mismatch)
			}
			switch effect {
			case Settles:
				settled, k.Debited, k.State = settled+1, true, AttemptSettled
			case Returns:
				if k.Confirmed || !l.Credit || !l.IsReturn || l.Minor > amount {
					t.Fatalf("%+v returns %+v", l, k)
				}
				returned, k.State = returned+1, AttemptReturned
			case Repeats:
				k.Debited = true
			}
			if settled > 1 || returned > 1 || failed && settled+returned > 0 {
				t.Fatalf("settled %d times, returned %d times, failed %t", settled, returned, failed)
			}
		}
	})
}
