package year

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// come has something new come now and then.
func (h *history) come(ctx context.Context) error {
	for _, new := range []struct {
		oneIn int
		what  string
		come  func(context.Context) error
	}{
		{6, "a family", h.familyComes}, {10, "a request", h.requestComes}, {10, "a destination", h.destinationComes},
		{5, "a round", h.roundComes}, {12, "an adjustment", h.adjustmentComes}, {10, "a suspension", h.suspensionComes},
	} {
		if h.rng.IntN(new.oneIn) > 0 {
			continue
		}
		if err := new.come(ctx); err != nil {
			return fmt.Errorf("%s: %w", new.what, err)
		}
	}
	return nil
}

// caseworkers are those of the case desk who are there.
func (h *history) caseworkers() []*person {
	return slices.DeleteFunc(h.shuffled(), func(p *person) bool { return p.money })
}

// size is an amount of any size from 10.00 to 10,000.00.
func (h *history) size() int64 {
	return int64(math.Pow(10, 1+3*h.rng.Float64())) * 100
}

// familyComes registers a family, which may be returned or turned down.
func (h *history) familyComes(ctx context.Context) error {
	owners := h.caseworkers()
	if len(owners) == 0 || len(h.families) >= len(h.prisoners) {
		return nil
	}
	f, destination, err := h.enter(ctx, owners[0], len(h.families))
	if err != nil {
		return err
	}
	h.families = append(h.families, f)
	verification := h.resource(f.Name,
		[]string{"look", "confirmVerification", "proposeVerification", "submit", "reassign"}, []string{"requestInfo", "rejectVerification"},
		func(state string) bool { return state == "FAMILY_STATE_REJECTED" },
		func(ctx context.Context, p *person, verb string) error { return h.onFamily(ctx, p, f, verb) })
	verification.waits = func() bool { return f.State == "FAMILY_STATE_NEEDS_INFO" && len(h.caseworkers()) == 0 }
	open := verification.open
	verification.open = func(ctx context.Context) ([]way, bool, error) {
		ways, done, err := open(ctx)
		if err == nil && len(ways) == 0 && !done {
			done, err = h.settled(ctx, f)
		}
		return ways, done, err
	}
	h.add(verification)
	h.destination(destination)
	return h.request(ctx, f)
}

// settled reports whether a family is verified and nothing holds it; of its own case
// nobody is told of a hold, so whoever may see all is asked.
func (h *history) settled(ctx context.Context, f *family) (bool, error) {
	var s struct {
		State   string `json:"state"`
		HeldFor []string
	}
	for _, p := range h.awake() {
		err := p.get(ctx, f.Name, &s)
		if elsewhere(err) {
			continue
		}
		if err != nil {
			return false, err
		}
		f.State = s.State
		return s.State == "FAMILY_STATE_VERIFIED" && len(s.HeldFor) == 0, nil
	}
	return false, nil
}

// held adds each family that a freeze holds, for somebody else to look at.
func (h *history) held() {
	for _, f := range h.families {
		if f.State != "FAMILY_STATE_VERIFIED" {
			continue
		}
		t := h.resource(f.Name, []string{"look"}, nil, func(string) bool { return false },
			func(ctx context.Context, p *person, verb string) error { return h.onFamily(ctx, p, f, verb) })
		look := t.open
		t.open = func(ctx context.Context) ([]way, bool, error) {
			if free, err := h.settled(ctx, f); err != nil || free {
				return nil, free, err
			}
			return look(ctx)
		}
		h.add(t)
	}
}

// onFamily does what somebody may do with a family.
func (h *history) onFamily(ctx context.Context, p *person, f *family, verb string) error {
	body := map[string]any{}
	switch verb {
	case "confirmVerification":
		if h.rng.IntN(2) == 0 {
			body["independentCheck"] = "INDEPENDENT_CHECK_LAWYER"
		}
	case "reassign":
		to := h.caseworkers()
		if len(to) == 0 {
			return nil
		}
		body["owner"], f.owner = to[0].staff, to[0]
	case "suspend":
		body["reason"] = "SUSPENSION_REASON_DOUBT"
	}
	return p.post(ctx, f.Name+":"+verb, body, f)
}

// destination is confirmed by somebody else, who calls the family.
func (h *history) destination(name string) {
	t := h.resource(name, []string{"confirm", "call"}, nil, func(state string) bool { return state != "DESTINATION_STATE_PENDING" },
		func(ctx context.Context, p *person, verb string) error {
			body := map[string]any{}
			if verb == "confirm" {
				body = h.heard(name)
			}
			return p.post(ctx, name+":"+verb, body, nil)
		})
	h.add(t)
}

// request asks for aid of any size, once or monthly.
func (h *history) request(ctx context.Context, f *family) error {
	var request struct{ Name string }
	if err := f.owner.post(ctx, f.Name+"/aidRequests", map[string]any{
		"category": "AID_CATEGORY_FOOD", "amount": euros(h.size()), "cycles": 1 + h.rng.IntN(3),
	}, &request); err != nil {
		return err
	}
	t := h.resource(request.Name, []string{"approve"}, []string{"reject", "withdraw"},
		func(state string) bool { return state != "AID_REQUEST_STATE_SUBMITTED" },
		func(ctx context.Context, p *person, verb string) error {
			body := map[string]any{}
			if verb == "reject" {
				body["reason"] = "AID_REQUEST_REJECTION_NOT_ELIGIBLE"
			}
			return p.post(ctx, request.Name+":"+verb, body, nil)
		})
	t.waits = func() bool { return f.State != "FAMILY_STATE_VERIFIED" } // its family comes first
	h.add(t)
	return nil
}

// among returns one of the families in a state whose owner is there.
func (h *history) among(state string) *family {
	var some []*family
	for _, f := range h.families {
		if f.State == state && !f.owner.gone && f.owner.away.Before(h.Now()) && !f.owner.money {
			some = append(some, f)
		}
	}
	if len(some) == 0 {
		return nil
	}
	return some[h.rng.IntN(len(some))]
}

// requestComes has a family that is known ask again.
func (h *history) requestComes(ctx context.Context) error {
	if f := h.among("FAMILY_STATE_VERIFIED"); f != nil {
		return h.request(ctx, f)
	}
	return nil
}

// destinationComes has a family change its account.
func (h *history) destinationComes(ctx context.Context) error {
	f := h.among("FAMILY_STATE_VERIFIED")
	if f == nil {
		return nil
	}
	name, err := h.account(ctx, f, 1000+h.past.Things)
	if err != nil {
		return err
	}
	h.destination(name)
	return nil
}

// suspensionComes has somebody of the case desk suspend a family; two bring it back.
func (h *history) suspensionComes(ctx context.Context) error {
	f := h.among("FAMILY_STATE_VERIFIED")
	if f == nil {
		return nil
	}
	p, err := h.who(ctx, f.Name, "suspend")
	if err != nil || p == nil {
		return err
	}
	if err := h.onFamily(ctx, p, f, "suspend"); err != nil {
		return err
	}
	h.add(h.resource(f.Name, []string{"reinstate"}, nil, func(state string) bool { return state != "FAMILY_STATE_SUSPENDED" },
		func(ctx context.Context, p *person, verb string) error { return h.onFamily(ctx, p, f, verb) }))
	return nil
}
