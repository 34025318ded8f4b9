package statement

import (
	"crypto/sha256"
	"fmt"
)

// Digest is the SHA-256 of all that a statement says, whatever file it stands in.
func (s Statement) Digest() [32]byte {
	h := sha256.New()
	fmt.Fprintf(h, "solidarity statement v1\n%q\t%q\t%q\t%d\t%d\t%d\t%q\n",
		s.Sender, s.BankID, s.Currency, s.Opening, s.Closing, s.Sequence, s.ClosedOn)
	for _, l := range s.Lines {
		fmt.Fprintf(h, "%t\t%d\t%q\t%q\t%q\t%q\t%q\t%d\t%t\t%q\n",
			l.Credit, l.Minor, l.BookedOn, l.Code, l.Ref, l.EndToEndID, l.BatchID, l.BatchCount, l.IsReturn, l.ReturnReason)
	}
	return [32]byte(h.Sum(nil))
}
