package statement

import "testing"

func TestADigestIsOfAllThatAStatementSays(t *testing.T) {
	t.Parallel()
	base := func() Statement {
		return Statement{
			Sender: "main", BankID: "S1", Currency: "EUR", Opening: 1, Closing: 2, Sequence: 3, ClosedOn: "2026-11-24", At: 4,
			Lines: []Line{{Minor: 5, BookedOn: "2026-11-24", Code: "C", Ref: "R", EndToEndID: "E", BatchID: "B", BatchCount: 6, ReturnReason: "AC04"}},
		}
	}
	elsewhere := base()
	elsewhere.At = 99
	if first := base().Digest(); first != base().Digest() || first != elsewhere.Digest() {
		t.Error("the same statement, in another place of a file, has another digest")
	}
	seen := map[[32]byte]string{base().Digest(): "unchanged"}
	for name, change := range map[string]func(*Statement){
		"sender": func(s *Statement) { s.Sender = "x" }, "bank's id": func(s *Statement) { s.BankID = "x" },
		"currency": func(s *Statement) { s.Currency = "PLN" }, "opening": func(s *Statement) { s.Opening++ },
		"closing": func(s *Statement) { s.Closing++ }, "sequence": func(s *Statement) { s.Sequence++ },
		"day": func(s *Statement) { s.ClosedOn = "" }, "no lines": func(s *Statement) { s.Lines = nil },
		"a line twice":    func(s *Statement) { s.Lines = append(s.Lines, s.Lines[0]) },
		"direction":       func(s *Statement) { s.Lines[0].Credit = true },
		"amount":          func(s *Statement) { s.Lines[0].Minor++ },
		"booking day":     func(s *Statement) { s.Lines[0].BookedOn = "2026-11-25" },
		"code":            func(s *Statement) { s.Lines[0].Code = "x" },
		"reference":       func(s *Statement) { s.Lines[0].Ref = "x" },
		"end-to-end id":   func(s *Statement) { s.Lines[0].EndToEndID = "x" },
		"batch":           func(s *Statement) { s.Lines[0].BatchID = "x" },
		"count":           func(s *Statement) { s.Lines[0].BatchCount = -1 },
		"notification":    func(s *Statement) { s.Notification = true },
		"reversal":        func(s *Statement) { s.Lines[0].IsReversal = true },
		"return":          func(s *Statement) { s.Lines[0].IsReturn = true },
		"return's reason": func(s *Statement) { s.Lines[0].ReturnReason = "" },
		"moved text":      func(s *Statement) { s.Lines[0].Code, s.Lines[0].Ref = "CR", "" },
	} {
		s := base()
		change(&s)
		if earlier, again := seen[s.Digest()]; again {
			t.Errorf("%s has the digest of %s", name, earlier)
		}
		seen[s.Digest()] = name
	}
}
