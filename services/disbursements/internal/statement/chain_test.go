package statement

import "testing"

func TestAStatementContinuesWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	last := Tail{Closing: 500, Sequence: 7, ClosedOn: "2026-12-31"}
	for name, test := range map[string]struct {
		change func(*Statement)
		gap    bool
	}{
		"the next":                  {func(*Statement) {}, false},
		"a cent less":               {func(s *Statement) { s.Opening-- }, true},
		"a cent more":               {func(s *Statement) { s.Opening++ }, true},
		"the same number":           {func(s *Statement) { s.Sequence = 7 }, true},
		"one number left out":       {func(s *Statement) { s.Sequence = 9 }, true},
		"not counted":               {func(s *Statement) { s.Sequence = 0 }, false},
		"first of a year":           {func(s *Statement) { s.Sequence, s.ClosedOn = 1, "2027-01-01" }, false},
		"first, in the same year":   {func(s *Statement) { s.Sequence, s.ClosedOn = 1, "2026-12-31" }, true},
		"second of a year":          {func(s *Statement) { s.Sequence, s.ClosedOn = 2, "2027-01-02" }, true},
		"first of a year, no days":  {func(s *Statement) { s.Sequence, s.ClosedOn = 1, "" }, true},
		"first of a year, cent off": {func(s *Statement) { s.Sequence, s.ClosedOn, s.Opening = 1, "2027-01-01", 501 }, true},
	} {
		s := Statement{Opening: 500, Sequence: 8, ClosedOn: "2026-12-31"}
		test.change(&s)
		if s.Follows(last) == test.gap {
			t.Errorf("%s: follows %t", name, !test.gap)
		}
	}
}
