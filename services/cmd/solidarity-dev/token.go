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

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/internal/command"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

type tokenCommand struct {
	dataFlag
	command.JSONFlag
	Role   []string `help:"Role to grant: caseworker, verifier, approver, treasurer, protection-officer, auditor or operator; may be given several times." required:"" placeholder:"ROLE"`
	Person string   `help:"Made-up name by which the development issuer knows the person; with a real issuer the subject of their tokens." required:""`
}

// mintedToken is what `solidarity-dev token --json` prints; with a real issuer there is
// no token in it.
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
		if minted.Token == "" {
			fmt.Fprintf(w, "%s may act as %s; the token comes from the issuer.\n", minted.Person, strings.Join(minted.Roles, ", "))
			return
		}
		fmt.Fprintln(w, minted.Token)
	})
}

// mint grants roles to a person of the development installation on data and gets a
// token for them from the development issuer.
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
	staff, err := grant(ctx, layout, state, person, roles)
	if err != nil || !state.DevelopmentIssuer {
		return mintedToken{Person: staff, Roles: roleNames}, err
	}
	token, err := fetchToken(ctx, state.Issuer, person)
	return mintedToken{Token: token, Person: staff, Roles: roleNames}, err
}

func grant(ctx context.Context, layout devstack.Layout, state devstack.State, person string, roles []policyv1.Role) (string, error) {
	id, err := mtls.Load(layout.TLS("cli"))
	if err != nil {
		return "", err
	}
	conn, err := rpc.Dial(state.Addresses["access"], id.Client("access"))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	req := &accessv1.MintDevelopmentGrantRequest{Issuer: state.Issuer, Subject: person, Roles: roles}
	for {
		resp, err := accessv1.NewAccessServiceClient(conn).MintDevelopmentGrant(ctx, req)
		if err == nil {
			return resp.GetStaff().GetName(), nil
		}
		// A role that is held already stays as it is: asking twice does no harm.
		if !fault.OfKind(err, fault.Unavailable) {
			return "", err
		}
		select {
		case <-ctx.Done():
			return "", err
		case <-time.After(100 * time.Millisecond):
		}
	}
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
