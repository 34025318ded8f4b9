package eligibility

import (
	"strings"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
)

// Attributes are all that a rule may look at of an aid request.
type Attributes struct {
	// Category and Urgency are of the request, in the contract's words.
	Category, Urgency string
	// PrisonerStatus and HumanitarianList are of the prisoner.
	PrisonerStatus   string
	HumanitarianList bool
	// Children are members under 18: 0, 1, 2, or 3 for three and more.
	Children int
	// Elderly says that a member is 65 or older.
	Elderly bool
	// Country is where the family lives, ISO 3166-1 alpha-2.
	Country string
}

// Of reads attributes as families gives them out.
func Of(a *familiesv1.RequestAttributes) Attributes {
	return Attributes{
		Category: word(ofCategory, a.GetCategory().String()), Urgency: word(ofUrgency, a.GetUrgency().String()),
		PrisonerStatus: word(ofStatus, a.GetPrisoner().GetStatus().String()), HumanitarianList: a.GetPrisoner().GetHumanitarianList(),
		Children: int(a.GetFamily().GetChildren()), Elderly: a.GetFamily().GetElderly(), Country: a.GetFamily().GetCountryCode(),
	}
}

// Names of the attributes, as a rule spells them.
const (
	category   = "category"
	urgency    = "urgency"
	status     = "prisoner.status"
	listed     = "prisoner.humanitarian_list"
	children   = "family.children"
	elderly    = "family.elderly"
	country    = "family.country"
	maxBand    = 3 // of children: three and more
	letterCode = 2 // letters of a country's code
)

// values gives a rule its values.
func (a Attributes) values() map[string]any {
	return map[string]any{
		category: a.Category, urgency: a.Urgency, status: a.PrisonerStatus, listed: a.HumanitarianList,
		children: int64(a.Children), elderly: a.Elderly, country: a.Country,
	}
}

// What the names of the contract's words begin with. Package enum is not asked: it would
// make the longest chain of imports longer.
const (
	ofCategory = "AID_CATEGORY_"
	ofUrgency  = "URGENCY_"
	ofStatus   = "PRISONER_STATUS_"
)

// word is a name of the contract without its beginning; empty for the one that says
// nothing.
func word(prefix, name string) string {
	w := strings.TrimPrefix(name, prefix)
	if w == "UNSPECIFIED" {
		return ""
	}
	return w
}

// words are all that texts in rules may be, beside codes of countries.
func words() map[string]bool {
	all := map[string]bool{}
	for prefix, names := range map[string]map[int32]string{
		ofCategory: familiesv1.AidCategory_name, ofUrgency: familiesv1.Urgency_name, ofStatus: familiesv1.PrisonerStatus_name,
	} {
		for _, name := range names {
			all[word(prefix, name)] = true
		}
	}
	delete(all, "")
	return all
}

// IsCountry reports whether text has the form of a country's code.
func IsCountry(text string) bool {
	if len(text) != letterCode {
		return false
	}
	return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z'
}
