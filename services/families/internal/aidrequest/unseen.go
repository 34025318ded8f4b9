package aidrequest

import "github.com/solidarity-fund/solidarity/services/internal/money"

// UnseenCap is what families of one caseworker of whom nothing was checked independently
// may get within UnseenDays, in minor units of each currency: so much can be lost to
// families that somebody invents with a friend on the phone.
const (
	UnseenCap  = 500_000
	UnseenDays = 30
)

// Unseen counts what families that are unseen get, by who registered them.
type Unseen map[Brought]int64

// Brought is what one caseworker brings in one currency.
type Brought struct{ Caseworker, Currency string }

// Take adds an amount, or reports that it is more than the cap leaves.
func (u Unseen) Take(caseworker string, a money.Amount) bool {
	b := Brought{caseworker, a.Currency}
	if u[b]+a.MinorUnits > UnseenCap {
		return false
	}
	u[b] += a.MinorUnits
	return true
}
