package plan

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Line is what a plan says about one payment.
type Line struct {
	Payment  string
	Family   string
	Minor    int64
	Currency string
	Shares   []Share
}

// Share is the part of a payment that one award carries.
type Share struct {
	Award string
	Minor int64
}

// Digest is the SHA-256 over everything that the people decide about: the plan,
// its rail and sender, and each payment with its family, amount and awards. The
// order of lines and shares does not matter.
func Digest(planID, rail, sender string, lines []Line) [32]byte {
	lines = slices.Clone(lines)
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(a.Payment, b.Payment) })
	h := sha256.New()
	fmt.Fprintf(h, "solidarity payment plan v1\n%q\t%q\t%q\n", planID, rail, sender)
	for _, l := range lines {
		fmt.Fprintf(h, "payment\t%q\t%q\t%d\t%q\n", l.Payment, l.Family, l.Minor, l.Currency)
		shares := slices.Clone(l.Shares)
		slices.SortFunc(shares, func(a, b Share) int { return cmp.Compare(a.Award, b.Award) })
		for _, s := range shares {
			fmt.Fprintf(h, "award\t%q\t%d\n", s.Award, s.Minor)
		}
	}
	return [32]byte(h.Sum(nil))
}
