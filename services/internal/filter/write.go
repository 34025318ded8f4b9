package filter

import (
	"fmt"
	"strconv"
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

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
		return "(" + inner + ") IS NOT TRUE", err // of what is not there, too
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
		return "", noValue()
	}
	if strings.ContainsRune(right.GetConstExpr().GetStringValue(), 0) {
		return "", fault.Field("filter", fault.FieldMalformed, name+" must not be compared with a zero byte")
	}
	if column.unordered() && operator != "=" && operator != "<>" {
		return "", fault.Field("filter", fault.FieldMalformed, name+" may be compared with = and != only")
	}
	if begin, ok := strings.CutSuffix(right.GetConstExpr().GetStringValue(), "*"); ok && column.text() {
		return w.beginning(name, operator, begin, must)
	}
	value, err := column.value(name, right)
	if err != nil {
		return "", err
	}
	if column.Required {
		return w.demand(name, operator, value, must)
	}
	if column.Operand != "" && operator != "=" {
		return "", fault.Field("filter", fault.FieldMalformed, name+" may be compared with = only")
	}
	operand := w.parameter(name, operator, value, must)
	if column.Time {
		operand += "::timestamptz" // a day stands for its beginning, UTC
	}
	if column.Operand != "" {
		operand = fmt.Sprintf(column.Operand, operand)
	}
	return column.SQL + " " + operator + " " + operand, nil
}

// demand writes what a filter can only demand.
func (w *writer) demand(name, operator string, value any, must bool) (string, error) {
	if operator != "=" || value != true || !must {
		return "", fault.Field("filter", fault.FieldMalformed, name+" may only be demanded: "+name+" = true, joined to the rest by AND")
	}
	w.must = append(w.must, Comparison{name, operator, value})
	return w.columns[name].SQL, nil
}

// behind is after every text that has the same beginning.
const behind = "\U0010ffff"

// beginning writes that a column begins with a text, or does not.
func (w *writer) beginning(name, operator, begin string, must bool) (string, error) {
	column := w.columns[name].SQL
	within := func(must bool) string {
		return "(" + column + " >= " + w.parameter(name, ">=", begin, must) + " AND " + column + " < " + w.parameter(name, "<", begin+behind, must) + ")"
	}
	switch operator {
	case "=":
		return within(must), nil
	case "<>":
		return within(false) + " IS NOT TRUE", nil
	}
	return "", fault.Field("filter", fault.FieldMalformed, name+` may be compared with = and != only where the text ends in "*"`)
}

// parameter takes a value and returns what stands for it.
func (w *writer) parameter(name, operator string, value any, must bool) string {
	if must {
		w.must = append(w.must, Comparison{name, operator, value})
	}
	w.args = append(w.args, value)
	w.next++
	return "$" + strconv.Itoa(w.next-1)
}

func unsupported() error {
	return fault.Field("filter", fault.FieldMalformed, "may use =, !=, <, <=, >, >=, AND, OR and NOT only")
}
