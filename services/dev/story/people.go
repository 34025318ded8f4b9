package story

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// person is a member of staff who takes part in the story.
type person struct {
	*restclient.Client
	name  string // in the story
	staff string // pseudonym
}

// people lets everybody sign in who is there from the beginning.
func (t *teller) people(ctx context.Context) error {
	for _, p := range []struct{ name, role string }{
		{"olena", "operator"}, {"kasia", "caseworker"}, {"ines", "caseworker"},
		{"adam", "verifier"}, {"berit", "verifier"}, {"chloe", "verifier"}, {"rita", "approver"},
		{"tomas", "treasurer"}, {"ursula", "treasurer"}, {"viktor", "treasurer"},
		{"otto", "auditor"},
	} {
		if _, err := t.signIn(ctx, p.name, p.role); err != nil {
			return err
		}
	}
	t.say("Eleven people sign in; each holds one role, and in the books each is a random pseudonym such as %s.", t.staff["kasia"].staff)
	return nil
}

// signIn lets a person sign in with a role and remembers verifiers as people who
// may be drawn by lot.
func (t *teller) signIn(ctx context.Context, name, role string) (*person, error) {
	token, staff, err := t.SignIn(ctx, name, role)
	if err != nil {
		return nil, fmt.Errorf("sign %s in: %w", name, err)
	}
	p := &person{Client: restclient.New(t.REST, token), name: name, staff: staff}
	t.staff[name] = p
	if role == "verifier" {
		t.lot[staff] = p
	}
	return p, nil
}

// drawn returns the person whom the lot fell on.
func (t *teller) drawn(staff string) (*person, error) {
	p, ok := t.lot[staff]
	if !ok {
		return nil, fmt.Errorf("the lot fell on %q, who is no verifier of the story", staff)
	}
	return p, nil
}
