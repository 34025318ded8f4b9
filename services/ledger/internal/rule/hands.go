package rule

import "github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"

// Printed returns the table of hands that holds in every currency before the first
// policy: up to 2,000.00 two persons, above it three, or two after three days.
func Printed() []leaf.Row {
	return []leaf.Row{{UpTo: 200_000, Persons: 2}, {Persons: 3, WaitDays: 3}}
}

// RowFor returns the row of a table that holds for a sum, in minor units. A table
// that ends before the sum is answered with the printed one.
func RowFor(rows []leaf.Row, sum int64) leaf.Row {
	for _, r := range rows {
		if r.UpTo == 0 || sum <= r.UpTo {
			return r
		}
	}
	return RowFor(Printed(), sum)
}
