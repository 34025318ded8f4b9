package main

import (
	"context"
	"fmt"

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
		return "", fmt.Errorf("enrol: %w", err)
	}
	for _, role := range roles {
		if err := o.grantRole(ctx, person, subject, role.String()); err != nil {
			return "", fmt.Errorf("grant %s: %w", role, err)
		}
	}
	return person.Name, nil
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
