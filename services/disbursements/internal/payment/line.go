package payment

// Effect is what a line of a bank statement says about an attempt.
type Effect string

// A line has exactly one effect.
const (
	Settles   Effect = "SETTLES"   // the money has left
	Returns   Effect = "RETURNS"   // it came back, which implies that it had left
	Repeats   Effect = "REPEATS"   // a statement's line about what is known already, for the first time
	Unmatched Effect = "UNMATCHED" // nothing here explains it
)

// Mismatch is why nothing explains a line; empty where something does.
type Mismatch string

// The first that applies is given.
const (
	UnknownID      Mismatch = "UNKNOWN_ID"      // no attempt has its id, or it has none
	OtherAmount    Mismatch = "OTHER_AMOUNT"    // the attempt is of another amount or currency
	OutOfOrder     Mismatch = "OUT_OF_ORDER"    // a second debit, a return of a return
	NotAReturn     Mismatch = "NOT_A_RETURN"    // money came in under our id, but the bank does not call it a return
	LacksTooMuch   Mismatch = "LACKS_TOO_MUCH"  // a return of far less than was paid
	RowChanged     Mismatch = "ROW_CHANGED"     // another hand has changed the attempt
	AfterConfirmed Mismatch = "AFTER_CONFIRMED" // a return of what the family has confirmed
	ReturnReversed Mismatch = "RETURN_REVERSED" // the bank takes a return back
	AfterFailed    Mismatch = "AFTER_FAILED"    // the bank has paid what had failed
)

// Banks keep a part of what comes back: at most a tenth, and at most 50.00 in
// currencies of two decimals.
const (
	maxLackingShare = 10 // one in so many
	maxLackingMinor = 5000
)

// Line is one booked movement of a statement.
type Line struct {
	// Credit is true for money that came in.
	Credit bool
	// IsReturn is true where the bank says that an earlier transfer came back.
	// Anybody can send money under an id of ours: only the bank's word counts.
	IsReturn bool
	// IsReversal is true where the bank takes back what it booked.
	IsReversal bool
	// Minor is the amount, above zero.
	Minor int64
	// Currency is its ISO 4217 code.
	Currency string
}

// Known is what this system knows of the attempt that a line names.
type Known struct {
	State    AttemptState
	Minor    int64
	Currency string
	// Debited is true once a statement has shown the money leaving.
	Debited bool
	// Credited is true once a statement has shown it coming back, Back is how much came
	// back as far as is known.
	Credited bool
	Back     int64
	// Doubled is how many debits more than one a statement has shown.
	Doubled int
	// Confirmed is true once the family has said that it has the money.
	Confirmed bool
}

// Explain says what a line means for the attempt that it names; nil stands for
// no attempt.
//   - A debit must be exact to the cent.
//   - A credit counts only where the bank calls it a return. It may be a little
//     less, since banks keep a part, but never more.
//   - What a family has confirmed does not come back by a line alone.
//   - Lines come in any order: a return may come before its debit, a notification before
//     the statement.
//   - A second debit that the bank takes back is no return.
//   - What had failed stays failed: that the bank has paid it is for people.
func Explain(l Line, k *Known) (Effect, Mismatch) {
	switch {
	case k == nil:
		return Unmatched, UnknownID
	case l.Credit && !l.IsReturn:
		return Unmatched, NotAReturn
	case l.Currency != k.Currency, l.Minor > k.Minor, !l.Credit && l.Minor != k.Minor:
		return Unmatched, OtherAmount
	case !l.Credit && open(k.State):
		return Settles, ""
	case !l.Credit && k.State == AttemptFailed:
		return Unmatched, AfterFailed
	case !l.Credit && !k.Debited && (k.State == AttemptReturned || k.State == AttemptSettled):
		return Repeats, ""
	case l.Credit && k.State == AttemptReturned && !k.Credited && l.Minor == k.Back:
		return Repeats, ""
	case !l.Credit && l.IsReversal && k.State == AttemptReturned:
		return Unmatched, ReturnReversed
	case l.Credit && l.IsReversal && k.Doubled > 0:
		return Unmatched, OutOfOrder
	case !l.Credit || !open(k.State) && k.State != AttemptSettled:
		return Unmatched, OutOfOrder
	case k.Confirmed:
		return Unmatched, AfterConfirmed
	case k.Minor-l.Minor > min(maxLackingMinor, k.Minor/maxLackingShare):
		return Unmatched, LacksTooMuch
	}
	return Returns, ""
}

// open reports whether the bank may still have the attempt before it.
func open(s AttemptState) bool {
	return s == AttemptClaimed || s == AttemptSent || s == AttemptUnknown
}
