package book

import "slices"

// Digest is what repeats of a draft are compared by.
func Digest(d *Draft) [32]byte { return digest(d) }

// WithRoles has the books ask for grants again.
func (b *Books) WithRoles() *Books {
	b.anybody = false
	return b
}

// ForgetPaid has the books forget what plans have paid, as if a lock that is over had
// paid nothing.
func (b *Books) ForgetPaid() {
	b.leaving = slices.DeleteFunc(b.leaving, func(l leaving) bool { return l.what == takesOut })
}
