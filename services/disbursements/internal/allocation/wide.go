package allocation

import "math/bits"

// wide is an unsigned 128-bit number: money times the denominator of a level.
type wide struct{ hi, lo uint64 }

// product multiplies two numbers that are not negative.
func product(a, b int64) wide {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return wide{hi, lo}
}

func (a wide) add(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return wide{hi, lo}
}

// sub returns a-b; b must not be greater than a.
func (a wide) sub(b wide) wide {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return wide{hi, lo}
}

func (a wide) less(b wide) bool { return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo }

func (a wide) zero() bool { return a.hi == 0 && a.lo == 0 }

func least(a, b wide) wide {
	if b.less(a) {
		return b
	}
	return a
}

// level is how much a weight of one receives: num/den steps, den above zero.
type level struct{ num, den int64 }

// compare orders levels by cross-multiplication.
func (l level) compare(m level) int {
	a, b := product(l.num, m.den), product(m.num, l.den)
	switch {
	case a.less(b):
		return -1
	case b.less(a):
		return 1
	}
	return 0
}

// share returns weight·level as whole steps and the rest in den-ths.
func (l level) share(weight int64) (whole, rest int64) {
	p := product(l.num, weight)
	if p.hi >= uint64(l.den) { // more steps than any cap
		return MaxSum, 0
	}
	q, r := bits.Div64(p.hi, p.lo, uint64(l.den))
	if q > MaxSum {
		return MaxSum, 0
	}
	return int64(q), int64(r)
}
