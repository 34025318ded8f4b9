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

func TestWhatTheBankTakesBackIsHeldAgainstWhatItBooked(t *testing.T) {
	t.Parallel()
	debit, credit := Line{Minor: 100, Currency: "EUR"}, Line{Credit: true, IsReturn: true, Minor: 100, Currency: "EUR"}
	back := func(l Line) Line { l.IsReversal = true; return l }
	known := func(s AttemptState, change func(*Known)) *Known {
		k := &Known{State: s, Minor: 100, Currency: "EUR", Debited: true, Credited: s == AttemptReturned, Back: 100}
		change(k)
		return k
	}
	none := func(*Known) {}
	for name, test := range map[string]struct {
		line     Line
		known    *Known
		effect   Effect
		mismatch Mismatch
	}{
		"a debit is taken back":                         {back(credit), known(AttemptSettled, none), Returns, ""},
		"a second debit is taken back":                  {back(credit), known(AttemptSettled, func(k *Known) { k.Doubled = 1 }), Unmatched, OutOfOrder},
		"a return is taken back":                        {back(debit), known(AttemptReturned, none), Unmatched, ReturnReversed},
		"a statement after a notification":              {debit, known(AttemptSettled, func(k *Known) { k.Debited = false }), Repeats, ""},
		"a return after its notification":               {credit, known(AttemptReturned, func(k *Known) { k.Credited = false }), Repeats, ""},
		"a return of less than the notification said":   {Line{Credit: true, IsReturn: true, Minor: 99, Currency: "EUR"}, known(AttemptReturned, func(k *Known) { k.Credited = false }), Unmatched, OutOfOrder},
		"a return of a return, after both were in full": {credit, known(AttemptReturned, none), Unmatched, OutOfOrder},
	} {
		if effect, mismatch := Explain(test.line, test.known); effect != test.effect || mismatch != test.mismatch {
			t.Errorf("%s: %s %s, want %s %s", name, effect, mismatch, test.effect, test.mismatch)
		}
	}
}
