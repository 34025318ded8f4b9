package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/internal/command"
)

type tokenCommand struct {
	dataFlag
	command.JSONFlag
	Role   []string `help:"Role to grant: caseworker, verifier, approver, treasurer, protection-officer, auditor or operator; may be given several times." required:"" placeholder:"ROLE"`
	Person string   `help:"Made-up name by which the development issuer knows the person." required:""`
}

// mintedToken is what `solidarity-dev token --json` prints.
type mintedToken struct {
	Token  string   `json:"token"`
	Person string   `json:"person"`
	Roles  []string `json:"roles"`
}

// Run grants the roles and prints a token.
func (c *tokenCommand) Run(ctx context.Context, t *command.Terminal) error {
	minted, err := mint(ctx, c.Data, c.Person, c.Role)
	if err != nil {
		return err
	}
	return c.Print(t, minted, func(w io.Writer) {
		fmt.Fprintln(w, minted.Token)
	})
}

// mint lets the two made-up officers of the development installation on data grant
// roles to a person, and gets a token for that person from the development issuer.
func mint(ctx context.Context, data, person string, roleNames []string) (mintedToken, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	roles, err := parseRoles(roleNames)
	if err != nil {
		return mintedToken{}, err
	}
	layout, err := devstack.NewLayout(data)
	if err != nil {
		return mintedToken{}, err
	}
	state, err := devstack.ReadState(layout)
	if err != nil {
		return mintedToken{}, err
	}
	if !state.DevelopmentIssuer {
		return mintedToken{}, fmt.Errorf("staff of this installation sign in at %s: its officers grant roles, with tokens from there (docs/operations.md)", state.Issuer)
	}
	officers, err := signInOfficers(ctx, state)
	if err != nil {
		return mintedToken{}, err
	}
	staff, err := officers.grant(ctx, person, roles)
	if err != nil {
		return mintedToken{}, err
	}
	token, err := fetchToken(ctx, state.Issuer, person)
	return mintedToken{Token: token, Person: staff, Roles: roleNames}, err
}

func parseRoles(names []string) ([]policyv1.Role, error) {
	var roles []policyv1.Role
	for _, name := range names {
		word := strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		role, ok := policyv1.Role_value["ROLE_"+word]
		if !ok || role < int32(policyv1.Role_ROLE_CASEWORKER) {
			return nil, fmt.Errorf("--role %s: use caseworker, verifier, approver, treasurer, protection-officer, auditor or operator", name)
		}
		roles = append(roles, policyv1.Role(role))
	}
	return roles, nil
}

func fetchToken(ctx context.Context, issuer, subject string) (string, error) {
	body, err := json.Marshal(map[string]string{"subject": subject})
	if err != nil {
		return "", fmt.Errorf("encode token request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, issuer+"/token", bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("make token request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask issuer for a token: %w", err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		return "", fmt.Errorf("issuer answered %s without a token", resp.Status)
	}
	return answer.AccessToken, nil
}
