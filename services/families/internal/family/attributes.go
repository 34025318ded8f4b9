package family

import "slices"

// Ages that the coarse attributes tell apart, in years.
const (
	adult   = 18
	elderly = 65
)

// maxBand is where counts stop: 3 stands for three and more.
const maxBand = 3

// Profile is what the coarse attributes are made from. Sealed as a whole.
type Profile struct {
	// Country is where the family lives, ISO 3166-1 alpha-2.
	Country string `json:"country"`
	// BirthYears are of the members whose year is known.
	BirthYears []int `json:"birthYears,omitempty"`
}

// Born replaces the birth year of a member by another; 0 stands for one that is unknown.
func (p *Profile) Born(was, is int) {
	if i := slices.Index(p.BirthYears, was); i >= 0 && was != 0 {
		p.BirthYears = slices.Delete(p.BirthYears, i, i+1)
	}
	if is != 0 {
		p.BirthYears = append(p.BirthYears, is)
	}
}

// Attributes are all that a fund's rule may look at of a family.
type Attributes struct {
	// Children under 18: 0, 1, 2, or 3 for three and more.
	Children int
	// Elderly is true where a member is 65 or older.
	Elderly bool
	// Country is ISO 3166-1 alpha-2.
	Country string
}

// Attributes makes the coarse attributes of a year. Who turns 18 or 65 in it is
// counted as having had the birthday.
func (p Profile) Attributes(year int) Attributes {
	a := Attributes{Country: p.Country}
	for _, born := range p.BirthYears {
		switch age := year - born; {
		case age < adult:
			a.Children = min(a.Children+1, maxBand)
		case age >= elderly:
			a.Elderly = true
		}
	}
	return a
}
