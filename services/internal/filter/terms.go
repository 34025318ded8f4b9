package filter

import (
	"fmt"
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxTerms bounds a filter of terms, in bytes.
const maxTerms = 500

// Terms reads the field "filter" of a list that knows comparisons with = only,
// joined by AND, over the given fields; it returns the values by field. A value is a
// text that is not empty, or the bare word true or false.
func Terms(text string, fields ...string) (map[string]string, error) {
	refusal := fault.Field("filter", fault.FieldMalformed, `must be terms like field = "value", joined by AND, each field once; fields are `+strings.Join(fields, ", "))
	if len(text) > maxTerms || strings.ContainsRune(text, 0) {
		return nil, refusal
	}
	options := []filtering.DeclarationOption{filtering.DeclareStandardFunctions()}
	for _, name := range append([]string{"true", "false"}, fields...) {
		options = append(options, filtering.DeclareIdent(name, filtering.TypeString))
	}
	declarations, err := filtering.NewDeclarations(options...)
	if err != nil {
		return nil, fmt.Errorf("declare filter: %w", err)
	}
	parsed, err := filtering.ParseFilterString(text, declarations)
	if err != nil {
		return nil, refusal.With(err)
	}
	terms := map[string]string{}
	if parsed.CheckedExpr != nil && !collect(terms, parsed.CheckedExpr.GetExpr()) {
		return nil, refusal
	}
	return terms, nil
}

// collect adds a checked expression to terms; false where it is none of ours, or
// names a field twice.
func collect(terms map[string]string, e *expr.Expr) bool {
	call := e.GetCallExpr()
	if len(call.GetArgs()) != 2 {
		return false
	}
	left, right := call.GetArgs()[0], call.GetArgs()[1]
	switch call.GetFunction() {
	case filtering.FunctionAnd:
		return collect(terms, left) && collect(terms, right)
	case filtering.FunctionEquals:
		field := left.GetIdentExpr().GetName()
		if _, twice := terms[field]; twice || field == "" || bare(field) {
			return false
		}
		value := right.GetConstExpr().GetStringValue()
		if name := right.GetIdentExpr().GetName(); bare(name) {
			value = name
		}
		terms[field] = value
		return value != ""
	}
	return false
}

func bare(word string) bool { return word == "true" || word == "false" }
