package eligibility

import (
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
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
		Category: enum.Word(a.GetCategory()), Urgency: enum.Word(a.GetUrgency()),
		PrisonerStatus: enum.Word(a.GetPrisoner().GetStatus()), HumanitarianList: a.GetPrisoner().GetHumanitarianList(),
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

// words are all that texts in rules may be, beside codes of countries.
func words() map[string]bool {
	all := map[string]bool{}
	for _, list := range []map[string]string{
		filter.Words[familiesv1.AidCategory](), filter.Words[familiesv1.Urgency](), filter.Words[familiesv1.PrisonerStatus](),
	} {
		for _, w := range list {
			all[w] = true
		}
	}
	return all
}

// IsCountry reports whether text has the form of a country's code.
func IsCountry(text string) bool {
	if len(text) != letterCode {
		return false
	}
	return text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z'
}
