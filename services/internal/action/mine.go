package action

import (
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// mine is the field by which a filter asks for what the caller can do something with.
const mine = "allowed_to_me"

// Page is a page that can be asked for what the caller can do something with: outside
// of the states that it names there is nothing.
func (t Table[S, T]) Page(c identity.Caller, p page.Page) page.Page {
	p.Open = []string{}
	for _, state := range t.States(c) {
		p.Open = append(p.Open, string(state))
	}
	return p
}

// Mine leaves those of the answers on which the caller can do something, where a filter
// asks for them. A page may have fewer rows than were asked for then; its token leads
// on.
func Mine[M interface{ GetAllowedActions() []string }](text string, list []M) []M {
	if !filter.Demands(text, mine) {
		return list
	}
	var some []M
	for _, m := range list {
		if len(m.GetAllowedActions()) > 0 {
			some = append(some, m)
		}
	}
	return some
}
