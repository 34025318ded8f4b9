package aidrequest

import "github.com/solidarity-fund/solidarity/services/internal/money"

// UnseenDays are those within which is counted what families get of whom nothing was
// checked independently.
const UnseenDays = 30

// Unseen counts what families that are unseen get, by who registered them.
type Unseen map[Brought]int64

// Brought is what one caseworker brings in one currency.
type Brought struct{ Caseworker, Currency string }

// Take adds an amount, or reports that it is more than a cap leaves, in minor units.
func (u Unseen) Take(caseworker string, a money.Amount, most int64) bool {
	b := Brought{caseworker, a.Currency}
	if u[b]+a.MinorUnits > most {
		return false
	}
	u[b] += a.MinorUnits
	return true
}
