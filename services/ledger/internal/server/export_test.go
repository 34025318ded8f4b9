package server

// WithTail sets how many leaves behind the published checkpoint books can be asked
// for.
func (s *Log) WithTail(leaves int64) { s.tail = leaves }

// WithoutPurviews lets each service bring anything into the books, for the test that
// must then see it booked.
func (s *Posting) WithoutPurviews() { s.open = true }

// AccountProto writes an account with what was booked on it.
var AccountProto = accountProto

// Verbs are the RPCs that can be called on each type of resource, by verb.
func Verbs() map[string]map[string]string {
	return map[string]map[string]string{
		"solidarity/Adjustment": adjustmentActs().Methods(), "solidarity/PeriodClose": closeActs().Methods(),
	}
}
