// Package team asks access who can act now.
package team

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// Access knows people.
type Access interface {
	// ListAwake says who can act in which roles, and who is away.
	ListAwake(context.Context, *accessv1.ListAwakeRequest, ...grpc.CallOption) (*accessv1.ListAwakeResponse, error)
	// ListFrozen says which of some people are frozen.
	ListFrozen(context.Context, *accessv1.ListFrozenRequest, ...grpc.CallOption) (*accessv1.ListFrozenResponse, error)
}

// Team is who can act now.
type Team struct {
	lot.Awake
	// Caseworkers are awake as such.
	Caseworkers []string
	// Away are those who say that they are, and have a deputy.
	Away []Away
}

// Away is somebody whose cases a deputy has, until a UTC day.
type Away struct {
	Person, Deputy string
	Until          time.Time
}

// Ask asks access.
func Ask(ctx context.Context, a Access) (Team, error) {
	var t Team
	resp, err := a.ListAwake(identity.Into(ctx, identity.Caller{}), &accessv1.ListAwakeRequest{})
	if err != nil {
		return t, fmt.Errorf("ask who is awake: %w", err)
	}
	holding := func(role policyv1.Role) (people []string) {
		for _, p := range resp.GetAwake() {
			if slices.Contains(p.GetRoles(), role) {
				people = append(people, p.GetPerson())
			}
		}
		return people
	}
	t.Verifiers, t.Officers = holding(policyv1.Role_ROLE_VERIFIER), holding(policyv1.Role_ROLE_PROTECTION_OFFICER)
	t.Caseworkers = holding(policyv1.Role_ROLE_CASEWORKER)
	for _, p := range resp.GetAway() {
		until, err := time.Parse(time.DateOnly, p.GetUntil())
		if err == nil && p.GetDeputy() != "" {
			t.Away = append(t.Away, Away{Person: p.GetPerson(), Deputy: p.GetDeputy(), Until: until})
		}
	}
	return t, nil
}

// Awake asks who is awake of verifiers and officers.
func Awake(ctx context.Context, a Access) (lot.Awake, error) {
	t, err := Ask(ctx, a)
	return t.Awake, err
}
