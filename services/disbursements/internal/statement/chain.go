package statement

// Tail is where the last statement of a sender's account ended.
type Tail struct {
	// Closing is its closing balance in minor units.
	Closing int64
	// Sequence is its number, 0 where the bank does not count.
	Sequence int64
	// ClosedOn is the day of its closing balance; empty where the bank does not say.
	ClosedOn string
}

// Follows reports whether a statement continues where the last one ended: it opens
// with that closing balance and, where the bank counts, has the next number; a
// new year may begin at 1 again. Otherwise a statement is missing between them, or one of
// them is not the bank's.
func (s Statement) Follows(last Tail) bool {
	return s.Opening == last.Closing && s.next(last)
}

// next reports whether a statement may have the number after another one's.
func (s Statement) next(last Tail) bool {
	newYear := s.Sequence == 1 && year(s.ClosedOn) > year(last.ClosedOn)
	return s.Sequence == 0 || last.Sequence == 0 || s.Sequence == last.Sequence+1 || newYear
}

// end is where a statement ends.
func (s Statement) end() Tail {
	return Tail{Closing: s.Closing, Sequence: s.Sequence, ClosedOn: s.ClosedOn}
}

// year is the year of a day such as "2026-11-24".
func year(day string) string {
	if len(day) < len("2026") {
		return ""
	}
	return day[:len("2026")]
}
