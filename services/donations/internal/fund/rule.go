package fund

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	maxExamples = 20
	maxChildren = 3 // three and more
)

// Example is an invented request, and what the rule says of it.
type Example struct {
	eligibility.Attributes
	Eligible bool
}

// checkRule refuses a rule that does not compile, and examples that do not come out as
// they say.
func (f Fund) checkRule() error {
	rule, err := eligibility.Compile("rule", f.Rule)
	if err != nil {
		return err
	}
	switch n := len(f.Examples); {
	case n > maxExamples:
		return fault.Field("examples", fault.FieldTooMany, "must be at most 20")
	case n > 0 && !rule.Restricts():
		return fault.Field("examples", fault.FieldNotAllowed, "must not be there without a rule")
	}
	for i, e := range f.Examples {
		field := fmt.Sprintf("examples[%d]", i)
		if e.Children < 0 || e.Children > maxChildren {
			return fault.Field(field+".children", fault.FieldOutOfRange, "must be from 0 to 3")
		}
		if e.Country != "" && !eligibility.IsCountry(e.Country) {
			return fault.Field(field+".countryCode", fault.FieldMalformed, "must be two capitals, as in ISO 3166")
		}
		is, err := rule.Accepts(e.Attributes)
		if err != nil {
			return fmt.Errorf("try example %d: %w", i, err)
		}
		if is != e.Eligible {
			return fault.Field(field+".eligible", fault.FieldMismatch, "is not what the rule says of this request")
		}
	}
	return nil
}
