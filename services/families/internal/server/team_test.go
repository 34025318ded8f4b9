package server_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/duty"
)

// colleagues are those who are awake, as access says, and those who are away.
type colleagues struct {
	mu    sync.Mutex
	awake map[string][]policyv1.Role
	away  []*accessv1.Away
	// frozen are who is.
	frozen []string
}

// ListFrozen says which of some people are frozen.
func (c *colleagues) ListFrozen(_ context.Context, req *accessv1.ListFrozenRequest, _ ...grpc.CallOption) (*accessv1.ListFrozenResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	resp := &accessv1.ListFrozenResponse{}
	for _, p := range req.GetPeople() {
		if slices.Contains(c.frozen, p) {
			resp.Frozen = append(resp.Frozen, p)
		}
	}
	return resp, nil
}

// freezes has some people frozen from now on, and nobody else.
func (c *colleagues) freezes(people ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = people
}

// newColleagues are all but egor, so that dina is who is drawn.
func newColleagues() *colleagues {
	c, v := policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER
	return &colleagues{awake: map[string][]policyv1.Role{olga: {c}, pavel: {c}, dina: {v}, vera: {policyv1.Role_ROLE_PROTECTION_OFFICER}}}
}

func (c *colleagues) ListAwake(context.Context, *accessv1.ListAwakeRequest, ...grpc.CallOption) (*accessv1.ListAwakeResponse, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	resp := &accessv1.ListAwakeResponse{Away: c.away}
	for _, person := range slices.Sorted(maps.Keys(c.awake)) {
		resp.Awake = append(resp.Awake, &accessv1.Awake{Person: person, Roles: c.awake[person]})
	}
	return resp, nil
}

// wakes has somebody awake in some roles from now on, or in none.
func (c *colleagues) wakes(person string, roles ...policyv1.Role) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if delete(c.awake, person); len(roles) > 0 {
		c.awake[person] = roles
	}
}

// leaves has somebody say that they are away, with a deputy; nobody else is then.
func (c *colleagues) leaves(person, deputy string, until time.Time) {
	c.wakes(person)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = []*accessv1.Away{{Person: person, Deputy: deputy, Until: until.UTC().Format(time.DateOnly)}}
}

// returns has everybody back who was away.
func (c *colleagues) returns(person string, roles ...policyv1.Role) {
	c.wakes(person, roles...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away = nil
}

// lot draws cases anew.
func (b *bench) lot() duty.Lot {
	return duty.Lot{Households: b.households, Access: b.team, Log: slog.New(slog.DiscardHandler)}
}
