package statement

import (
	"crypto/sha256"
	"fmt"
)

// Digest is the SHA-256 of all that a statement says, whatever file it stands in.
func (s Statement) Digest() [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "solidarity statement v2\n%q\t%q\t%q\t%d\t%d\t%d\t%q\t%t\n",
		s.Sender, s.BankID, s.Currency, s.Opening, s.Closing, s.Sequence, s.ClosedOn, s.Notification)
	for _, l := range s.Lines {
		h.Write([]byte(l.said()))
	}
	return [32]byte(h.Sum(nil))
}

// Said are all that each line says, in their order. A line that another statement of the
// account has, too, is the same one.
func (s Statement) Said() []string {
	said := make([]string, len(s.Lines))
	for i, l := range s.Lines {
		said[i] = s.Sender + "\n" + l.said()
	}
	return said
}

func (l Line) said() string {
	return fmt.Sprintf("%t\t%d\t%q\t%q\t%q\t%q\t%q\t%d\t%t\t%t\t%q\n",
		l.Credit, l.Minor, l.BookedOn, l.Code, l.Ref, l.EndToEndID, l.BatchID, l.BatchCount, l.IsReturn, l.IsReversal, l.ReturnReason)
}
