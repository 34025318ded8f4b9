package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
)

// history is a fund of five that something happens to, step by step. At each moment at
// most one of them is away or frozen.
type history struct {
	*bench
	chance *rand.Rand
	five   []string
	names  map[string]string // by subject
	absent string
	steps  []string
}

func (h *history) fail(format string, args ...any) {
	h.t.Helper()
	h.t.Fatalf("%s\nafter %v", fmt.Sprintf(format, args...), h.steps)
}

// awake are those of the five who are there, in a random order.
func (h *history) awake() []string {
	there := slices.DeleteFunc(slices.Clone(h.five), func(s string) bool { return s == h.absent })
	h.chance.Shuffle(len(there), func(i, j int) { there[i], there[j] = there[j], there[i] })
	return there
}

// granted has those who are there give somebody a role, by whichever way is legal.
func (h *history) granted(subject string, role policyv1.Role) *accessv1.Grant {
	h.t.Helper()
	var g *accessv1.Grant
	for _, by := range h.awake() {
		if p, err := h.propose(by, h.names[subject], role); err == nil {
			g = p
			break
		}
	}
	for _, by := range h.awake() {
		if c, err := h.confirm(by, g.GetName(), subject); err == nil {
			g = c
		}
	}
	if g.GetState() == accessv1.GrantState_GRANT_STATE_CONFIRMED {
		return g
	}
	// Whoever proposed it was needed to confirm it: somebody else proposes it anew.
	for _, first := range h.awake() {
		for _, by := range h.awake() {
			_, _ = h.revoke(by, g.GetName())
		}
		p, err := h.propose(first, h.names[subject], role)
		if err != nil {
			continue
		}
		g = p
		for _, by := range h.awake() {
			if c, err := h.confirm(by, g.GetName(), subject); err == nil {
				g = c
			}
		}
		if g.GetState() == accessv1.GrantState_GRANT_STATE_CONFIRMED {
			return g
		}
	}
	h.fail("nobody can grant %s to %s while %q is absent", role, subject, h.absent)
	return nil
}

// renewed renews what ends soon.
func (h *history) renewed() {
	h.t.Helper()
	for _, subject := range h.five {
		view, err := h.person(h.awake()[0]).GetStaff(h.t.Context(), &accessv1.GetStaffRequest{Name: h.names[subject]})
		if err != nil {
			h.fail("read %s: %v", subject, err)
		}
		for _, r := range view.GetReminders() {
			h.granted(subject, r.GetRole())
		}
	}
}

// newcomer is granted a role, which is taken back.
func (h *history) newcomer(n int) {
	h.t.Helper()
	subject, name := fmt.Sprint("new", n), ""
	for _, by := range h.awake() {
		if s, err := h.proposeStaff(by, subject); err == nil {
			name = s.GetName()
			break
		}
	}
	enrolled := false
	for _, by := range h.awake() {
		if s, err := h.confirmStaff(by, name, subject); err == nil {
			enrolled = s.GetState() == accessv1.StaffState_STAFF_STATE_CONFIRMED
		}
	}
	if !enrolled {
		h.fail("nobody can enrol while %q is absent", h.absent)
	}
	h.names[subject] = name
	g := h.granted(subject, []policyv1.Role{caseworker, approver, officer, policyv1.Role_ROLE_AUDITOR}[h.chance.IntN(4)])
	if h.chance.IntN(2) == 0 {
		h.absent = ""
		for _, s := range h.five {
			_, _ = h.person(s).SetAway(h.t.Context(), &accessv1.SetAwayRequest{Name: h.names[s]})
		}
	}
	for _, by := range h.awake() {
		if r, err := h.revoke(by, g.GetName()); err == nil {
			g = r
		}
	}
	if g.GetState() != accessv1.GrantState_GRANT_STATE_REVOKED {
		h.fail("nobody can take %s back while %q is absent", g.GetRole(), h.absent)
	}
}

// frozenAndCleared freezes one of the five by whoever can, and lifts it.
func (h *history) frozenAndCleared() {
	h.t.Helper()
	target := h.five[h.chance.IntN(len(h.five))]
	h.absent = target
	for _, step := range []struct {
		what   string
		call   func(by, person string) (*accessv1.Staff, error)
		frozen bool
	}{{"freeze", h.freeze, true}, {"lift", h.unfreeze, false}} {
		for _, by := range h.awake() {
			if h.frozen(target) != step.frozen {
				_, _ = step.call(by, h.names[target])
			}
		}
		if h.frozen(target) != step.frozen {
			h.fail("four cannot %s the freeze of %s", step.what, target)
		}
	}
	h.absent = ""
}

// wrong tries what must never be: a role of one's own, and one of the other desk.
func (h *history) wrong() {
	h.t.Helper()
	for _, subject := range h.awake() {
		if g, err := h.propose(subject, h.names[subject], officer); err == nil {
			h.fail("%s proposes for themselves: %v", subject, g)
		}
		if g, err := h.propose(h.awake()[0], h.names[subject], policyv1.Role_ROLE_OPERATOR); err == nil {
			h.fail("%s is to run the machines, too: %v", subject, g)
		}
	}
}

// lawful checks what holds after any history.
func (h *history) lawful() {
	h.t.Helper()
	for _, subject := range h.five {
		var held []staff.Role
		for _, r := range h.roles(subject) {
			held = append(held, staff.Role(enum.Word(r)))
		}
		if err := staff.CheckTogether(held); err != nil {
			h.fail("%s is %v", subject, held)
		}
		if len(held) < 2 && subject != h.absent {
			h.fail("%s has lost roles, and is %v", subject, held)
		}
	}
	for _, d := range h.ledger.Decisions() {
		if g := d.GetContent().GetGrant(); g != nil && d.GetPerson() == g.GetSubject() {
			h.fail("%s decides about themselves: %v", d.GetPerson(), d)
		}
	}
}

// Whatever happens to a fund of five, any four of them can grant, renew, revoke, freeze
// and lift; nobody ever sits at both desks, or decides about themselves.
func TestAnyFourOfFiveCanAlwaysGrantRenewRevokeFreezeAndLift(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	h := &history{bench: fund(t), chance: rand.New(rand.NewPCG(seed, 1)), five: []string{"kasia", "karl", "tom", olga, oleg}, names: map[string]string{}} //nolint:gosec // a history, no secret
	for _, s := range h.five {
		h.names[s] = h.self(s).GetName()
	}
	for n := range 14 {
		days := 5 + h.chance.IntN(20)
		h.now.advance(time.Duration(days) * 24 * time.Hour)
		dutytest.Drain(t, h.db, h.server.Duties()...)
		h.absent = ""
		if h.chance.IntN(3) > 0 {
			h.absent = h.five[h.chance.IntN(len(h.five))]
			h.away(h.absent)
		}
		step := h.chance.IntN(3)
		h.steps = append(h.steps, fmt.Sprintf("%d days, without %q, %d", days, h.absent, step))
		h.renewed()
		switch step {
		case 0:
			h.newcomer(n)
		case 1:
			h.wrong()
		default:
			if h.absent == "" {
				h.frozenAndCleared()
			}
		}
		h.lawful()
		for _, s := range h.five {
			if _, err := h.person(s).SetAway(t.Context(), &accessv1.SetAwayRequest{Name: h.names[s]}); err != nil {
				h.fail("%s is back: %v", s, err)
			}
		}
	}
}
