package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// officers are the two made-up protection officers of a development installation.
// They grant roles as those of any other do: each with a token of their own.
type officers struct{ proposing, confirming *restclient.Client }

func signInOfficers(ctx context.Context, state devstack.State) (officers, error) {
	var clients []*restclient.Client
	for _, subject := range devstack.Officers() {
		token, err := fetchToken(ctx, state.Issuer, subject)
		if err != nil {
			return officers{}, err
		}
		clients = append(clients, restclient.New(state.REST, token))
	}
	return officers{proposing: clients[0], confirming: clients[1]}, nil
}

// enrolled is a person as REST shows one.
type enrolled struct {
	Name   string `json:"name"`
	Grants []struct {
		Name  string `json:"name"`
		Role  string `json:"role"`
		State string `json:"state"`
		Until string `json:"until"`
	} `json:"grants"`
}

// state of the person's grant of a role and the grant's name, empty where there is none.
func (e enrolled) state(role string) (state, name string) {
	for _, g := range e.Grants {
		if g.Role == role {
			return g.State, g.Name
		}
	}
	return "", ""
}

// grant enrols a person and gives them the roles that they do not hold yet. It returns
// the pseudonym.
func (o officers) grant(ctx context.Context, subject string, roles []policyv1.Role) (string, error) {
	var person enrolled
	if err := o.proposing.Post(ctx, "/v1/staff:propose", map[string]string{"subject": subject}, &person); err != nil {
		return "", fmt.Errorf("propose to enrol: %w", err)
	}
	if err := o.confirming.Post(ctx, "/v1/"+person.Name+":confirm", map[string]string{"subject": subject}, nil); err != nil {
		return "", fmt.Errorf("confirm who is enrolled: %w", err)
	}
	for _, role := range roles {
		if err := o.grantRole(ctx, person, subject, role.String()); err != nil {
			return "", fmt.Errorf("grant %s: %w", role, err)
		}
	}
	if slices.Contains(roles, policyv1.Role_ROLE_AUDITOR) {
		if err := o.engage(ctx, person.Name); err != nil {
			return "", fmt.Errorf("engage auditor: %w", err)
		}
	}
	return person.Name, nil
}

// engage lets an auditor look at everything for as long as they hold the role, where
// they are engaged for nothing yet.
func (o officers) engage(ctx context.Context, person string) error {
	var open struct {
		Engagements []struct {
			Name  string `json:"name"`
			State string `json:"state"`
			Until string `json:"until"`
		} `json:"engagements"`
	}
	if err := o.proposing.Get(ctx, "/v1/"+person+"/engagements?orderBy="+url.QueryEscape("create_time desc"), &open); err != nil {
		return err
	}
	var holds enrolled
	if err := o.proposing.Get(ctx, "/v1/"+person, &holds); err != nil {
		return err
	}
	until := ""
	for _, g := range holds.Grants {
		if g.Role == policyv1.Role_ROLE_AUDITOR.String() {
			until = g.Until
		}
	}
	for _, e := range open.Engagements {
		if e.State == "ENGAGEMENT_STATE_CONFIRMED" && e.Until >= until {
			return nil
		}
	}
	var proposed struct{ Name string }
	err := o.proposing.Post(ctx, "/v1/"+person+"/engagements:propose", map[string]string{"firm": "XX-0000000001", "until": until}, &proposed)
	if err != nil {
		return err
	}
	return o.confirming.Post(ctx, "/v1/"+proposed.Name+":confirm", map[string]string{}, nil)
}

func (o officers) grantRole(ctx context.Context, person enrolled, subject, role string) error {
	state, name := person.state(role)
	if state == "GRANT_STATE_CONFIRMED" {
		return nil
	}
	if state == "" {
		var proposed struct{ Name string }
		if err := o.proposing.Post(ctx, "/v1/"+person.Name+"/grants:propose", map[string]string{"role": role}, &proposed); err != nil {
			return err
		}
		name = proposed.Name
	}
	return o.confirming.Post(ctx, "/v1/"+name+":confirm", map[string]string{"subject": subject}, nil)
}
