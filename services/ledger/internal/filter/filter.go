// Package filter turns AIP-160 filters into conditions of SQL: the text is parsed
// and checked against the columns that a list allows, and what comes out holds
// nothing of it but parameters. It knows no table.
package filter

import (
	"fmt"
	"strconv"
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxLen bounds a filter, in bytes.
const maxLen = 2000

// Column is what one word of a filter stands for.
type Column struct {
	// SQL is the column, for example "t.kind".
	SQL string
	// Number is true for a column that is compared with integers.
	Number bool
	// Value turns the text of a filter into a parameter, nil where it is one
	// already; its error is a fixed sentence such as "must be a day".
	Value func(text string) (any, error)
	// Operand is what SQL is compared with, where that is not the parameter itself
	// but is found by it; "%s" stands for the parameter. Such a column is compared
	// with = only.
	Operand string
}

// Comparison is one that must hold for the whole filter to hold.
type Comparison struct {
	// Field is the word of the filter, Operator one of =, <>, <, <=, > and >=.
	Field, Operator string
	// Value is the parameter.
	Value any
}

// Condition is an SQL condition with its parameters.
type Condition struct {
	// SQL is "TRUE" for an empty filter.
	SQL string
	// Args are the parameters, numbered as Parse was asked to.
	Args []any
	// Must holds the comparisons without which the filter does not hold, so that a
	// list can choose its way by them.
	Must []Comparison
}

// Fixed returns the value that a field must have for the filter to hold.
func (c Condition) Fixed(field string) (any, bool) {
	for _, m := range c.Must {
		if m.Field == field && m.Operator == "=" {
			return m.Value, true
		}
	}
	return nil, false
}

// operators are the comparisons that a filter may use.
var operators = map[string]string{
	filtering.FunctionEquals: "=", filtering.FunctionNotEquals: "<>",
	filtering.FunctionLessThan: "<", filtering.FunctionLessEquals: "<=",
	filtering.FunctionGreaterThan: ">", filtering.FunctionGreaterEquals: ">=",
}

// Parse reads the field "filter" of a list request. Parameters are numbered from
// $first.
func Parse(text string, columns map[string]Column, first int) (Condition, error) {
	if strings.TrimSpace(text) == "" {
		return Condition{SQL: "TRUE"}, nil
	}
	if len(text) > maxLen || strings.ContainsRune(text, 0) {
		return Condition{}, fault.Field("filter", "must be at most 2000 bytes and hold no zero byte")
	}
	options := []filtering.DeclarationOption{filtering.DeclareStandardFunctions()}
	for name, c := range columns {
		if c.Number {
			options = append(options, filtering.DeclareIdent(name, filtering.TypeInt))
		} else {
			options = append(options, filtering.DeclareIdent(name, filtering.TypeString))
		}
	}
	declarations, err := filtering.NewDeclarations(options...)
	if err != nil {
		return Condition{}, fmt.Errorf("declare filter: %w", err)
	}
	parsed, err := filtering.ParseFilterString(text, declarations)
	if err != nil {
		return Condition{}, fault.Field("filter", "is not a filter over the fields of this list").With(err)
	}
	w := &writer{columns: columns, next: first}
	sql, err := w.condition(parsed.CheckedExpr.GetExpr(), true)
	if err != nil {
		return Condition{}, err
	}
	return Condition{SQL: sql, Args: w.args, Must: w.must}, nil
}

// writer walks a checked tree.
type writer struct {
	columns map[string]Column
	args    []any
	must    []Comparison
	next    int
}

// condition writes e; must says that the whole filter holds only where e does.
func (w *writer) condition(e *expr.Expr, must bool) (string, error) {
	call := e.GetCallExpr()
	if call == nil {
		return "", unsupported()
	}
	switch args := call.GetArgs(); {
	case call.GetFunction() == filtering.FunctionNot && len(args) == 1:
		inner, err := w.condition(args[0], false)
		return "NOT (" + inner + ")", err
	case call.GetFunction() == filtering.FunctionAnd && len(args) == 2:
		return w.join(" AND ", args, must)
	case call.GetFunction() == filtering.FunctionOr && len(args) == 2:
		return w.join(" OR ", args, false)
	case operators[call.GetFunction()] != "" && len(args) == 2:
		return w.comparison(operators[call.GetFunction()], args[0], args[1], must)
	}
	return "", unsupported()
}

func (w *writer) join(word string, args []*expr.Expr, must bool) (string, error) {
	left, err := w.condition(args[0], must)
	if err != nil {
		return "", err
	}
	right, err := w.condition(args[1], must)
	return "(" + left + word + right + ")", err
}

// comparison writes a column, an operator and a parameter.
func (w *writer) comparison(operator string, left, right *expr.Expr, must bool) (string, error) {
	name := left.GetIdentExpr().GetName()
	column, ok := w.columns[name]
	if !ok {
		return "", fault.Field("filter", "must compare a field of this list, on the left, with a value")
	}
	var value any
	switch c := right.GetConstExpr().GetConstantKind().(type) {
	case *expr.Constant_Int64Value:
		value = c.Int64Value
	case *expr.Constant_StringValue:
		value = c.StringValue
		if column.Value != nil {
			var err error
			if value, err = column.Value(c.StringValue); err != nil {
				return "", fault.Field("filter", name+" "+err.Error())
			}
		}
	default:
		return "", fault.Field("filter", "must compare a field of this list, on the left, with a value")
	}
	if must {
		w.must = append(w.must, Comparison{name, operator, value})
	}
	operand := "$" + strconv.Itoa(w.next)
	if column.Operand != "" {
		if operator != "=" {
			return "", fault.Field("filter", name+" may be compared with = only")
		}
		operand = fmt.Sprintf(column.Operand, operand)
	}
	w.args = append(w.args, value)
	w.next++
	return column.SQL + " " + operator + " " + operand, nil
}

func unsupported() error {
	return fault.Field("filter", "may use =, !=, <, <=, >, >=, AND, OR and NOT only")
}
