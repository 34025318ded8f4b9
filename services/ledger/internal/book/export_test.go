package book

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Digest is what repeats of a draft are compared by.
func Digest(d *Draft) [32]byte { return digest(d) }

// Prove has the books demand roles by the leaves before, and as many hands as the
// policy asks for, or not.
func (b *Books) Prove(roles, hands bool) *Books {
	b.proven = proven{roles: roles, hands: hands}
	return b
}

// CheckHands is CheckPlan where as many hands are demanded as the policy asks for.
func CheckHands(decisions []*leaf.Decision, policies Policies, commitment [32]byte) error {
	return checkPlan(decisions, policies, commitment, true)
}

// ForgetPaid has the books forget what plans have paid, as if a lock that is over had
// paid nothing.
func (b *Books) ForgetPaid() {
	b.leaving = slices.DeleteFunc(b.leaving, func(l leaving) bool { return l.what == takesOut })
}
