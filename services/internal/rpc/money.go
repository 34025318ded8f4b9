package rpc

import (
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Money reads an amount that a request must give: positive, in a current
// currency. The fault names field ("amount") or the part of it that is wrong.
func Money(field string, m *typev1.Money) (money.Amount, error) {
	if m == nil {
		return money.Amount{}, fault.Field(field, fault.FieldRequired, "is required")
	}
	return money.New(field, m.GetMinorUnits(), m.GetCurrencyCode())
}

// MoneyOf writes an amount for an answer, also one of zero.
func MoneyOf(a money.Amount) *typev1.Money {
	return &typev1.Money{MinorUnits: a.MinorUnits, CurrencyCode: a.Currency}
}

// MoneyIfAny writes an amount for an answer; nil where it is zero.
func MoneyIfAny(a money.Amount) *typev1.Money {
	if a.MinorUnits == 0 {
		return nil
	}
	return MoneyOf(a)
}
