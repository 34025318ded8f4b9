package eligibility_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// pupil is an invented request.
var pupil = eligibility.Attributes{
	Category: "CHILDREN_SCHOOL", Urgency: "NORMAL", PrisonerStatus: "ACTIVE", HumanitarianList: true, Children: 2, Country: "LT",
}

func TestARuleSaysWhichRequestsItIsFor(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"":                                true,
		"true":                            true,
		`category == "CHILDREN_SCHOOL"`:   true,
		`category in ["FOOD", "PARCELS"]`: false,
		`urgency != "LOW" && prisoner.status == "ACTIVE"`:                    true,
		`prisoner.humanitarian_list && family.children > 0`:                  true,
		`!(family.elderly || family.children >= 3)`:                          true,
		`family.elderly ? category == "MEDICAL" : family.children == 2`:      true,
		`family.country in ["PL", "DE"]`:                                     false,
		"prisoner.humanitarian_list\n&&\n(family.country == \"LT\")":         true,
		`family.children < 1 || family.children <= 0 || category == "OTHER"`: false,
	} {
		r, err := eligibility.Compile("rule", text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := r.Accepts(pupil); got != want || err != nil || r.Restricts() != (text != "") {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
}

// What a rule may not say is refused where it stands.
func TestWhatIsNoRuleIsRefusedAtItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`category ==`:                       "does not compile, at line 1, column 12",
		"family.elderly\n&& nobody":         "does not compile, at line 2, column 4",
		`family.name == "LT"`:               "does not compile, at line 1, column 1",
		`family == "LT"`:                    "does not compile, at line 1, column 1",
		`category == 5`:                     "does not compile, at line 1, column 10",
		`family.children > 1.5`:             "does not compile, at line 1, column 17",
		`has(family.country)`:               "does not compile, at line 1, column 4",
		`["FOOD"].exists(c, c == category)`: "does not compile, at line 1, column 16",
		`family.children`:                   "must be true or false, and is neither, at line 1, column 7",
		`family.children + 1 > 2`:           "has an operation that rules do not have, at line 1, column 17",
		`category.startsWith("FOOD")`:       "has an operation that rules do not have, at line 1, column 20",
		`category.matches("FOOD")`:          "has an operation that rules do not have, at line 1, column 17",
		`size(category) > 3`:                "has an operation that rules do not have, at line 1, column 5",
		`{"FOOD": true}["FOOD"]`:            "has an operation that rules do not have",
		`category == "UNSPECIFIED"`:         "has a word that no attribute has, at line 1, column 13",
		`category == ""`:                    "has a word that no attribute has, at line 1, column 13",
		`category == "food"`:                "has a word that no attribute has, at line 1, column 13",
		`family.country == "Lithuania"`:     "has a word that no attribute has, at line 1, column 19",
		`timestamp("2026-01-01T00:00:00Z") == timestamp("2026-01-01T00:00:00Z")`: "has a word that no attribute has",
	} {
		_, err := eligibility.Compile("fund.rule", text)
		f := fault.As(err)
		if f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "fund.rule" || !strings.HasPrefix(f.Violations[0].Description, want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := eligibility.Compile("rule", strings.Repeat(" ", 500)+"true"); fault.As(err) == nil || fault.As(err).Violations[0].Reason != fault.FieldTooLong {
		t.Errorf("too long: %v", err)
	}
	if _, err := eligibility.Compile("rule", strings.Repeat("(", 200)+"true"+strings.Repeat(")", 200)); fault.As(err) == nil {
		t.Errorf("too deep: %v", err)
	}
}

// Whatever text comes, it is a rule that answers, or refused as wrong: never an error.
func TestAnyTextIsARuleOrRefused(t *testing.T) {
	t.Parallel()
	pieces := []string{
		"category", "urgency", "prisoner.status", "prisoner.humanitarian_list", "family.children", "family.elderly",
		"family.country", `"FOOD"`, `"LT"`, "0", "3", "9223372036854775807", "-1", "true", "==", "!=", "<", ">=", "&&", "||", "!", "(", ")", "[", "]", ",", "in", "?", ":", "\n", "é",
	}
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 12).Draw(r, "pieces"), " ")
		rule, err := eligibility.Compile("rule", text)
		if err != nil {
			if fault.As(err) == nil {
				r.Fatalf("%q: %v", text, err)
			}
			return
		}
		if _, err := rule.Accepts(pupil); err != nil {
			r.Fatalf("%q: %v", text, err)
		}
	})
}

// The longest rule of the most expensive kind is within its cost.
func TestTheLongestRuleAnswers(t *testing.T) {
	t.Parallel()
	text := "family.children in [" + strings.Repeat("9,", 235) + "9]"
	r, err := eligibility.Compile("rule", text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Accepts(pupil); got || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// Every attribute of the contract is one of rules, and the reverse.
func TestTheAttributesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	got := eligibility.Of(&familiesv1.RequestAttributes{
		Category: familiesv1.AidCategory_AID_CATEGORY_FOOD, Urgency: familiesv1.Urgency_URGENCY_HIGH,
		Prisoner: &familiesv1.PrisonerAttributes{Status: familiesv1.PrisonerStatus_PRISONER_STATUS_FORMER, HumanitarianList: true},
		Family:   &familiesv1.FamilyAttributes{Children: 3, Elderly: true, CountryCode: "PL"},
	})
	want := eligibility.Attributes{
		Category: "FOOD", Urgency: "HIGH", PrisonerStatus: "FORMER", HumanitarianList: true, Children: 3, Elderly: true, Country: "PL",
	}
	if got != want {
		t.Errorf("got %+v", got)
	}
	if got := eligibility.Of(&familiesv1.RequestAttributes{}); got != (eligibility.Attributes{}) {
		t.Errorf("of nothing is %+v", got)
	}
	if text := fmt.Sprintf("%+v", want); strings.Contains(text, "false") || strings.Contains(text, ": ") {
		t.Errorf("an attribute has no value in this test: %s", text)
	}
}
