package filter

import (
	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
)

// Column is what one word of a filter stands for.
type Column struct {
	// SQL is the column, for example "t.kind".
	SQL string
	// Number is true for a column that is compared with integers, Time for one that
	// is compared with timestamps, Bool for one that is compared with true and false.
	Number, Time, Bool bool
	// Required is true for a Bool column that a filter can only demand: it is compared
	// with true, and the whole filter holds only where that does.
	Required bool
	// Few is true for a column that few rows have alike: where a filter demands one of its
	// values, a list looks those rows up and orders them then.
	Few bool
	// Unordered is true for a column whose values have no order: it is compared with
	// = and != only.
	Unordered bool
	// Words are the spellings of an enum's values, and the word that is kept for each;
	// nil for what is no enum. Such a column is Unordered, and needs no quotes.
	Words map[string]string
	// Value turns the text of a filter into a parameter, nil where it is one
	// already; its error is a fixed sentence such as "must be a day".
	Value func(text string) (any, error)
	// Operand is what SQL is compared with, where that is not the parameter itself
	// but is found by it; "%s" stands for the parameter. Such a column is compared
	// with = only.
	Operand string
}

// text reports whether the column holds text as it is, which a filter may also
// compare with a beginning, as AIP-160 has it: "fund:general:*".
func (c Column) text() bool { return c.kind() == filtering.TypeString && !c.fixed() && c.Operand == "" }

// fixed reports whether the column has values of its own, which are not any text.
func (c Column) fixed() bool { return c.Value != nil || c.Words != nil }

// unordered reports whether the column is compared with = and != only.
func (c Column) unordered() bool { return c.Unordered || c.Bool || c.Words != nil }

// kind is the type that the column has in a filter.
func (c Column) kind() *expr.Type {
	switch {
	case c.Number:
		return filtering.TypeInt
	case c.Time:
		return filtering.TypeTimestamp
	case c.Bool:
		return filtering.TypeBool
	}
	return filtering.TypeString
}
