// Package filter reads AIP-160 filters. Parse turns one into a condition of SQL: the
// text is checked against the columns that a list allows, and what comes out holds
// nothing of it but parameters.
package filter

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxLen bounds a filter, in bytes.
const maxLen = 2000

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

	checked *expr.Expr
	columns map[string]Column
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

// Range returns the bounds that a field must be between for the filter to hold: not
// below first, and below end. It knows those that a filter states with >= and <, as
// a beginning does; the last of several counts.
func (c Condition) Range(field string) (first, end any, ok bool) {
	for _, m := range c.Must {
		switch {
		case m.Field == field && m.Operator == ">=":
			first = m.Value
		case m.Field == field && m.Operator == "<":
			end = m.Value
		}
	}
	return first, end, first != nil && end != nil
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
		return Condition{}, fault.Field("filter", fault.FieldMalformed, "must be at most 2000 bytes and hold no zero byte")
	}
	declarations, err := declare(columns)
	if err != nil {
		return Condition{}, fmt.Errorf("declare filter: %w", err)
	}
	checked, err := check(text, declarations, columns)
	if err != nil {
		return Condition{}, err
	}
	w := &writer{columns: columns, next: first}
	sql, err := w.condition(checked, true)
	if err != nil {
		return Condition{}, err
	}
	return Condition{SQL: sql, Args: w.args, Must: w.must, checked: checked, columns: columns}, nil
}

// declare says which words a filter may use: the columns, true and false, and the
// values of enums.
func declare(columns map[string]Column) (*filtering.Declarations, error) {
	words := map[string]*expr.Type{"true": filtering.TypeBool, "false": filtering.TypeBool}
	for _, c := range columns {
		for word := range c.Words {
			words[word] = filtering.TypeString
		}
	}
	for name, c := range columns {
		words[name] = c.kind()
	}
	options := []filtering.DeclarationOption{filtering.DeclareStandardFunctions()}
	for word, kind := range words {
		options = append(options, filtering.DeclareIdent(word, kind))
	}
	return filtering.NewDeclarations(options...)
}

// check reads a filter and its types; what it refuses it says with what there is.
func check(text string, declarations *filtering.Declarations, columns map[string]Column) (*expr.Expr, error) {
	var parser filtering.Parser
	parser.Init(text)
	parsed, err := parser.Parse()
	if err != nil {
		return nil, fault.Field("filter", fault.FieldMalformed, "cannot be read: write comparisons joined by AND, OR and NOT, with text in quotes").With(err)
	}
	var checker filtering.Checker
	checker.Init(parsed.GetExpr(), parsed.GetSourceInfo(), declarations)
	checked, err := checker.Check()
	if err != nil {
		return nil, fault.Field("filter", fault.FieldMalformed, "must compare "+fields(columns)).With(err)
	}
	return checked.GetExpr(), nil
}

// fields lists what may be compared with what.
func fields(columns map[string]Column) string {
	by := map[*expr.Type][]string{}
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		kind := columns[name].kind()
		by[kind] = append(by[kind], name)
	}
	var all []string
	for _, form := range []struct {
		kind *expr.Type
		with string
	}{
		{filtering.TypeString, "text in quotes"}, {filtering.TypeInt, "whole numbers"},
		{filtering.TypeTimestamp, `timestamp("2026-11-30T00:00:00Z")`}, {filtering.TypeBool, "true or false"},
	} {
		if names := by[form.kind]; names != nil {
			all = append(all, strings.Join(names, ", ")+" with "+form.with)
		}
	}
	return strings.Join(all, ", or ")
}
