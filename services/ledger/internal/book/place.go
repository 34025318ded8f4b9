package book

import "strconv"

// place is where in a request something stands, such as
// transactions[2].entries[0]. It is written out only for a fault.
type place struct {
	list   string
	index  int
	line   string
	number int
}

// lineAt is the place of a line of the transaction at p.
func (p place) lineAt(list string, number int) place {
	p.line, p.number = list, number
	return p
}

// field names a field of what stands at p.
func (p place) field(name string) string { return p.String() + "." + name }

// String writes the place as the API spells it.
func (p place) String() string {
	s := p.list + "[" + strconv.Itoa(p.index) + "]"
	if p.line != "" {
		s += "." + p.line + "[" + strconv.Itoa(p.number) + "]"
	}
	return s
}
