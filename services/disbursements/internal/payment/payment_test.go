package payment

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAPaymentTakesOnlyItsOwnSteps(t *testing.T) {
	t.Parallel()
	list := []State{Pending, Submitted, Sent, Settled, Confirmed, Failed, Returned, Cancelled}
	allowed := map[State][]State{
		Pending: {Submitted, Cancelled}, Submitted: {Sent, Settled, Failed, Returned}, Sent: {Settled, Failed, Returned},
		Settled: {Confirmed, Returned}, Confirmed: {Returned}, Failed: {Submitted},
	}
	for _, from := range list {
		for _, to := range list {
			want := false
			for _, s := range allowed[from] {
				want = want || s == to
			}
			if err := Move(from, to); (err == nil) != want {
				t.Errorf("%s → %s: %v", from, to, err)
			}
		}
	}
}

var attemptStates = []AttemptState{AttemptClaimed, AttemptSent, AttemptSettled, AttemptUnknown, AttemptFailed, AttemptReturned}

// TestAnUnknownAttemptIsNeverClaimedAgain takes any steps.
func TestAnUnknownAttemptIsNeverClaimedAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := AttemptClaimed
		for range 10 {
			to := rapid.SampledFrom(attemptStates).Draw(t, "to")
			if MoveAttempt(state, to) != nil {
				continue
			}
			if to == AttemptClaimed || state == AttemptFailed || state == AttemptReturned {
				t.Fatalf("%s → %s", state, to)
			}
			state = to
		}
	})
}

func TestWhatALineSaysAboutAnAttempt(t *testing.T) {
	t.Parallel()
	known := func(s AttemptState, debited bool) *Known {
		return &Known{State: s, Minor: 100, Currency: "EUR", Debited: debited}
	}
	debit, credit := Line{Minor: 100, Currency: "EUR"}, Line{Credit: true, IsReturn: true, Minor: 100, Currency: "EUR"}
	confirmed := known(AttemptSettled, true)
	confirmed.Confirmed = true
	large := &Known{State: AttemptSettled, Minor: 100_000, Currency: "EUR", Debited: true}
	for _, test := range []struct {
		name     string
		line     Line
		known    *Known
		effect   Effect
		mismatch Mismatch
	}{
		{"debit", debit, known(AttemptSent, false), Settles, ""},
		{"debit of an unknown outcome", debit, known(AttemptUnknown, false), Settles, ""},
		{"debit before we noted it sent", debit, known(AttemptClaimed, false), Settles, ""},
		{"second debit", debit, known(AttemptSettled, true), Unmatched, OutOfOrder},
		{"debit of what failed", debit, known(AttemptFailed, false), Unmatched, AfterFailed},
		{"debit after its return", debit, known(AttemptReturned, false), Repeats, ""},
		{"debit after debit and return", debit, known(AttemptReturned, true), Unmatched, OutOfOrder},
		{"debit a cent too much", Line{Minor: 101, Currency: "EUR"}, known(AttemptSent, false), Unmatched, OtherAmount},
		{"debit a cent too little", Line{Minor: 99, Currency: "EUR"}, known(AttemptSent, false), Unmatched, OtherAmount},
		{"debit in other money", Line{Minor: 100, Currency: "PLN"}, known(AttemptSent, false), Unmatched, OtherAmount},
		{"return", credit, known(AttemptSettled, true), Returns, ""},
		{"return before its debit", credit, known(AttemptSent, false), Returns, ""},
		{"return less charges", Line{Credit: true, IsReturn: true, Minor: 90, Currency: "EUR"}, known(AttemptSettled, true), Returns, ""},
		{"return of more", Line{Credit: true, IsReturn: true, Minor: 101, Currency: "EUR"}, known(AttemptSettled, true), Unmatched, OtherAmount},
		{"return of a return", credit, known(AttemptReturned, true), Unmatched, OutOfOrder},
		{"return of what failed", credit, known(AttemptFailed, false), Unmatched, OutOfOrder},
		{"one cent from whoever knows the id", Line{Credit: true, Minor: 1, Currency: "EUR"}, known(AttemptSettled, true), Unmatched, NotAReturn},
		{"one cent before the debit", Line{Credit: true, Minor: 1, Currency: "EUR"}, known(AttemptSent, false), Unmatched, NotAReturn},
		{"all of it, but no return", Line{Credit: true, Minor: 100, Currency: "EUR"}, known(AttemptSettled, true), Unmatched, NotAReturn},
		{"a return of one cent", Line{Credit: true, IsReturn: true, Minor: 1, Currency: "EUR"}, known(AttemptSettled, true), Unmatched, LacksTooMuch},
		{"a return that lacks more than a tenth", Line{Credit: true, IsReturn: true, Minor: 89, Currency: "EUR"}, known(AttemptSettled, true), Unmatched, LacksTooMuch},
		{"a return that lacks 50.00", Line{Credit: true, IsReturn: true, Minor: 95_000, Currency: "EUR"}, large, Returns, ""},
		{"a return that lacks more than 50.00", Line{Credit: true, IsReturn: true, Minor: 94_999, Currency: "EUR"}, large, Unmatched, LacksTooMuch},
		{"a return of what was confirmed", credit, confirmed, Unmatched, AfterConfirmed},
		{"a stranger's", debit, nil, Unmatched, UnknownID},
	} {
		if effect, mismatch := Explain(test.line, test.known); effect != test.effect || mismatch != test.mismatch {
			t.Errorf("%s: %s %s, want %s %s", test.name, effect, mismatch, test.effect, test.mismatch)
		}
	}
}

func TestAFileTakesOnlyItsOwnSteps(t *testing.T) {
	t.Parallel()
	list := []FileState{FileCollecting, FileSealed, FileEmpty, FileDestroyed}
	allowed := map[[2]FileState]bool{
		{FileCollecting, FileSealed}: true, {FileCollecting, FileEmpty}: true, {FileSealed, FileDestroyed}: true,
	}
	for _, from := range list {
		for _, to := range list {
			if err := MoveFile(from, to); (err == nil) != allowed[[2]FileState{from, to}] {
				t.Errorf("%s → %s: %v", from, to, err)
			}
		}
		if err := CheckFetchable(from); (err == nil) != (from == FileSealed) {
			t.Errorf("fetch a file that is %s: %v", from, err)
		}
	}
}
