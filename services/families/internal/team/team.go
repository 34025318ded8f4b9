// Package team asks access who can act now.
package team

import (
	"context"
	"fmt"
	"slices"

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
}

// Awake asks who is awake at the case desk, and which officers are.
func Awake(ctx context.Context, a Access) (lot.Awake, error) {
	resp, err := a.ListAwake(identity.Into(ctx, identity.Caller{}), &accessv1.ListAwakeRequest{})
	if err != nil {
		return lot.Awake{}, fmt.Errorf("ask who is awake: %w", err)
	}
	holding := func(role policyv1.Role) (people []string) {
		for _, p := range resp.GetAwake() {
			if slices.Contains(p.GetRoles(), role) {
				people = append(people, p.GetPerson())
			}
		}
		return people
	}
	return lot.Awake{Verifiers: holding(policyv1.Role_ROLE_VERIFIER), Officers: holding(policyv1.Role_ROLE_PROTECTION_OFFICER)}, nil
}
