package store

import (
	"errors"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// byReference finds the sequence of a leaf by its reference, which is unique.
const byReference = "(SELECT sequence FROM leaves WHERE ledger_id = $1 AND reference = %s)"

// The columns that filters may name, and only these. A value of an enum is taken as
// answers show it, and by its short name.

func transactionColumns() map[string]filter.Column {
	return map[string]filter.Column{
		"sequence":     {SQL: "t.sequence", Number: true},
		"reference":    {SQL: "t.sequence", Operand: byReference},
		"kind":         {SQL: "t.kind", Value: kindValue, Unordered: true},
		"source":       {SQL: "t.source"},
		"occurred_on":  {SQL: "t.occurred_on", Value: dayValue},
		"booking_date": {SQL: "t.booking_date", Value: dayValue},
		"reverses":     {SQL: "t.reverses", Operand: byReference},
	}
}

func entryColumns() map[string]filter.Column {
	return map[string]filter.Column{
		"sequence":      {SQL: "t.sequence", Number: true},
		"reference":     {SQL: "t.sequence", Operand: byReference},
		"account":       {SQL: "a.path"},
		"currency_code": {SQL: "e.currency"},
		"side":          {SQL: "e.side", Value: sideValue, Unordered: true},
		"amount":        {SQL: "e.amount", Number: true},
		"occurred_on":   {SQL: "t.occurred_on", Value: dayValue},
		"booking_date":  {SQL: "t.booking_date", Value: dayValue},
		"kind":          {SQL: "t.kind", Value: kindValue, Unordered: true},
		"source":        {SQL: "t.source"},
	}
}

func decisionColumns() map[string]filter.Column {
	return map[string]filter.Column{
		"sequence":  {SQL: "d.sequence", Number: true},
		"reference": {SQL: "d.sequence", Operand: byReference},
		"kind":      {SQL: "d.kind", Value: decisionKindValue, Unordered: true},
		"resource":  {SQL: "d.resource"},
		"person":    {SQL: "d.person"},
		"day":       {SQL: "d.day", Value: dayValue},
	}
}

func kindValue(text string) (any, error) {
	k, ok := leaf.ParseKind(strings.TrimPrefix(text, "TRANSACTION_KIND_"))
	if !ok {
		return nil, errors.New(`must be compared with a kind such as "DONATION"`)
	}
	return int16(k), nil
}

func decisionKindValue(text string) (any, error) {
	k, ok := leaf.ParseDecisionKind(strings.TrimPrefix(text, "DECISION_KIND_"))
	if !ok {
		return nil, errors.New(`must be compared with a kind such as "PLAN_APPROVED"`)
	}
	return int16(k), nil
}

func sideValue(text string) (any, error) {
	switch strings.TrimPrefix(text, "SIDE_") {
	case leaf.Debit.String():
		return int16(leaf.Debit), nil
	case leaf.Credit.String():
		return int16(leaf.Credit), nil
	}
	return nil, errors.New(`must be compared with "DEBIT" or "CREDIT"`)
}

func dayValue(text string) (any, error) {
	d, err := leaf.ParseDay(text)
	if err != nil {
		return nil, errors.New("must be compared with a day such as \"2026-11-24\"")
	}
	return d.Time(), nil
}
