// Package eligibility holds the rules by which a fund is for some families only: short
// CEL expressions over a closed list of coarse attributes of an aid request. A rule is
// checked when it is written and costs little when it is asked; the same rule means the
// same in every service.
package eligibility

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	// Fewest is how many families a rule must be true for: among fewer, a gift would
	// point at one.
	Fewest = 10
	// MaxText is the most characters of a rule.
	MaxText = 500
	// maxDepth bounds how deep a rule is nested, maxCost what one question costs, in the
	// units of CEL: an operation is about one.
	maxDepth, maxCost = 30, 2000
)

// Rule is a rule that compiles. The zero Rule accepts every request.
type Rule struct{ program cel.Program }

// allowed are the operations of rules: what compares, and what joins comparisons.
var allowed = []string{
	operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.In,
	operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
}

// Compile reads a rule; the fault names field and where in the text something is wrong.
func Compile(field, text string) (Rule, error) {
	if text == "" {
		return Rule{}, nil
	}
	if len(text) > MaxText {
		return Rule{}, fault.Field(field, fault.FieldTooLong, "must have at most 500 bytes")
	}
	env, err := environment()
	if err != nil {
		return Rule{}, fmt.Errorf("make environment of rules: %w", err)
	}
	parsed, issues := env.Compile(text)
	if errs := issues.Errors(); len(errs) > 0 {
		return Rule{}, wrong(field, errs[0].Location, fault.FieldMalformed, "does not compile")
	}
	if parsed.OutputType() != cel.BoolType {
		return Rule{}, wrong(field, start(parsed, parsed.NativeRep().Expr()), fault.FieldWrongType, "must be true or false, and is neither")
	}
	if err := check(field, parsed); err != nil {
		return Rule{}, err
	}
	program, err := env.Program(parsed, cel.CostLimit(maxCost))
	if err != nil {
		return Rule{}, fmt.Errorf("make program of rule: %w", err)
	}
	return Rule{program}, nil
}

// environment has the attributes and nothing else that could be asked.
func environment() (*cel.Env, error) {
	return cel.NewCustomEnv(cel.StdLib(), cel.ClearMacros(), cel.ParserRecursionLimit(maxDepth),
		cel.Variable(category, cel.StringType), cel.Variable(urgency, cel.StringType),
		cel.Variable(status, cel.StringType), cel.Variable(listed, cel.BoolType),
		cel.Variable(children, cel.IntType), cel.Variable(elderly, cel.BoolType), cel.Variable(country, cel.StringType),
	)
}

// check refuses what compiles and is no rule: other operations, texts that no attribute
// has.
func check(field string, parsed *cel.Ast) (err error) {
	known := words()
	ast.PostOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if err != nil {
			return
		}
		switch e.Kind() {
		case ast.CallKind:
			if !slices.Contains(allowed, e.AsCall().FunctionName()) {
				err = wrong(field, start(parsed, e), fault.FieldNotPossible, "has an operation that rules do not have")
			}
		case ast.LiteralKind:
			if text, ok := e.AsLiteral().Value().(string); ok && !known[text] && !IsCountry(text) {
				err = wrong(field, start(parsed, e), fault.FieldUnknownValue, "has a word that no attribute has")
			}
		case ast.IdentKind, ast.SelectKind, ast.ListKind:
		default:
			err = wrong(field, start(parsed, e), fault.FieldNotPossible, "has an operation that rules do not have")
		}
	}))
	return err
}

// start is where an expression begins.
func start(parsed *cel.Ast, e ast.Expr) common.Location {
	return parsed.NativeRep().SourceInfo().GetStartLocation(e.ID())
}

// wrong names what is wrong and where, counted from 1.
func wrong(field string, at common.Location, why fault.FieldReason, what string) error {
	return fault.Field(field, why, fmt.Sprintf("%s, at line %d, column %d", what, at.Line(), at.Column()+1))
}

// Accepts reports whether the rule is true of a request.
func (r Rule) Accepts(a Attributes) (bool, error) {
	if r.program == nil {
		return true, nil
	}
	out, _, err := r.program.Eval(a.values())
	if err != nil {
		return false, fmt.Errorf("ask rule: %w", err)
	}
	is, ok := out.Value().(bool)
	if !ok {
		return false, fmt.Errorf("ask rule: it said neither true nor false")
	}
	return is, nil
}

// Restricts reports whether there is a request that the rule may not accept.
func (r Rule) Restricts() bool { return r.program != nil }
