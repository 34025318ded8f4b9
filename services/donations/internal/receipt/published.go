package receipt

import "github.com/solidarity-fund/solidarity/services/internal/money"

// SmallestCell is the fewest people of whom a total is published: less would tell of
// single ones.
const SmallestCell = 10

// roundedTo is to how many whole units of its currency a published sum is rounded, so
// that nobody reads one gift out of two sums.
const roundedTo = 5

// Publish returns a sum as it may be published, to the nearest step, where it is made of
// so many people's; false where there are too few of them.
func Publish(sum money.Amount, people int) (money.Amount, bool) {
	if people < SmallestCell {
		return money.Amount{Currency: sum.Currency}, false
	}
	step := money.Whole(roundedTo, sum.Currency)
	rest := sum.MinorUnits % step
	switch sum.MinorUnits -= rest; {
	case rest >= step-rest:
		sum.MinorUnits += step
	case -rest > step+rest:
		sum.MinorUnits -= step
	}
	return sum, true
}
