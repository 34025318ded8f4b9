package year

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// The five: two of the case desk, three of the money desk, of whom two founded the
// installation as protection officers; and an operator.
var (
	caseDesk  = []string{"ROLE_CASEWORKER", "ROLE_VERIFIER"}
	moneyDesk = []string{"ROLE_APPROVER", "ROLE_TREASURER"}
)

// renewal is how long before its end a role can be proposed again.
const renewal = 60 * day

// member is a person as access shows them.
type member struct {
	Name  string `json:"name"`
	State string `json:"state"`

	Grants []grant `json:"grants"`
}

type grant struct {
	Name  string `json:"name"`
	Role  string `json:"role"`
	State string `json:"state"`
	Until string `json:"until"`
}

// found lets the officers grant everybody their roles.
func (y *fund) found(ctx context.Context) error {
	if len(y.Officers) != 2 {
		return errors.New("two officers found an installation")
	}
	for _, subject := range append(slices.Clone(y.Officers), "kasia", "adam", "ursula", "olena") {
		y.add(subject)
	}
	for _, who := range []struct {
		subject string
		roles   []string
	}{
		{"kasia", caseDesk}, {"adam", caseDesk}, {"ursula", moneyDesk}, {"olena", []string{"ROLE_OPERATOR"}},
		{y.Officers[0], moneyDesk}, {y.Officers[1], moneyDesk},
	} {
		if err := y.enrol(ctx, who.subject, true, who.roles...); err != nil {
			return err
		}
	}
	y.say("Two officers found the fund and grant the other three, the operator and each other their roles.")
	return y.pass(ctx, time.Minute) // until all services know
}

// enrol gives somebody roles: a colleague who may proposes, others confirm.
func (y *fund) enrol(ctx context.Context, subject string, waive bool, roles ...string) error {
	p := y.people[subject]
	officer, err := y.officerBeside(subject)
	if err != nil {
		return err
	}
	var m member
	if err := officer.post(ctx, "staff:propose", map[string]any{"subject": subject}, &m); err != nil {
		return err
	}
	for m.State != "STAFF_STATE_CONFIRMED" {
		if _, err := y.act(ctx, m.Name, "confirm", map[string]any{"subject": subject}, &m); err != nil {
			return err
		}
	}
	p.staff, p.money = m.Name, slices.Contains(roles, "ROLE_TREASURER")
	for _, role := range roles {
		if err := y.grant(ctx, officer, p, role, waive); err != nil {
			return fmt.Errorf("grant %s to %s: %w", role, subject, err)
		}
	}
	return nil
}

func (y *fund) officerBeside(subject string) (*person, error) {
	for _, p := range y.awake() {
		if p.subject != subject && slices.Contains(y.Officers, p.subject) {
			return p, nil
		}
	}
	return nil, errors.New("no protection officer is there")
}

func (y *fund) grant(ctx context.Context, officer, p *person, role string, waive bool) error {
	var g grant
	if err := officer.post(ctx, p.staff+"/grants:propose", map[string]any{"role": role, "waiveRest": waive}, &g); err != nil {
		return err
	}
	for g.State != "GRANT_STATE_CONFIRMED" {
		if _, err := y.act(ctx, g.Name, "confirm", map[string]any{"subject": p.subject}, &g); err != nil {
			return err
		}
	}
	return nil
}

// leaves lets somebody be away until a day, with a deputy where they have cases.
func (y *fund) leaves(ctx context.Context, subject, deputy string, days int) error {
	p := y.people[subject]
	until := y.Now().AddDate(0, 0, days)
	body := map[string]any{"until": until.UTC().Format(time.DateOnly)}
	if deputy != "" {
		body["deputy"] = y.people[deputy].staff
	}
	if err := p.post(ctx, p.staff+":setAway", body, nil); err != nil {
		return err
	}
	p.away = until
	y.say("%s is away for %d days.", subject, days)
	return nil
}

// refused reports whether a call was refused for a reason.
func refused(err error, reason string) bool {
	var p *restclient.Problem
	return errors.As(err, &p) && p.Reason == reason
}
