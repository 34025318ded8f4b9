package filter

import (
	"time"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// value reads what a column is compared with.
func (c Column) value(name string, right *expr.Expr) (any, error) {
	switch {
	case c.Words != nil:
		return c.word(name, right)
	case c.Time:
		return moment(name, right)
	case c.Bool:
		return truth(name, right)
	}
	switch k := right.GetConstExpr().GetConstantKind().(type) {
	case *expr.Constant_Int64Value:
		return k.Int64Value, nil
	case *expr.Constant_StringValue:
		if c.Value == nil {
			return k.StringValue, nil
		}
		value, err := c.Value(k.StringValue)
		if err != nil {
			return nil, fault.Field("filter", fault.FieldMalformed, name+" "+err.Error())
		}
		return value, nil
	}
	return nil, noValue()
}

// word reads a value of an enum, in quotes or without.
func (c Column) word(name string, right *expr.Expr) (string, error) {
	text := right.GetConstExpr().GetStringValue()
	if text == "" {
		text = right.GetIdentExpr().GetName()
	}
	word, ok := c.Words[text]
	if !ok {
		return "", fault.Field("filter", fault.FieldUnknownValue, name+" must be compared with a value that answers show")
	}
	return word, nil
}

// moment reads a timestamp, with its function or as text; the checker knows that it
// is one.
func moment(name string, right *expr.Expr) (time.Time, error) {
	if call := right.GetCallExpr(); call.GetFunction() == filtering.FunctionTimestamp && len(call.GetArgs()) == 1 {
		right = call.GetArgs()[0]
	}
	t, err := time.Parse(time.RFC3339, right.GetConstExpr().GetStringValue())
	if err != nil {
		return t, fault.Field("filter", fault.FieldMalformed, name+` must be compared with a time such as timestamp("2026-11-30T00:00:00Z")`)
	}
	return t.UTC(), nil
}

// truth reads true or false.
func truth(name string, right *expr.Expr) (bool, error) {
	switch right.GetIdentExpr().GetName() {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fault.Field("filter", fault.FieldMalformed, name+" must be compared with true or false")
}

// noValue is the fault of a comparison that is not one with a value.
func noValue() *fault.Fault {
	return fault.Field("filter", fault.FieldMalformed, "must compare a field of this list, on the left, with a value")
}
