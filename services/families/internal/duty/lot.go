package duty

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/team"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// maxAsked is how many people access is asked about at once.
const maxAsked = 1000

// Lot draws cases anew, and sees to those of people who are not there.
type Lot struct {
	Households *household.Store
	Access     team.Access
	Log        *slog.Logger
}

// Redraw draws a verification anew whose person let it run out.
func (l Lot) Redraw(ctx context.Context, verificationID string) error {
	awake, err := team.Awake(ctx, l.Access)
	if err != nil {
		return err
	}
	_, err = l.Households.Redraw(ctx, verificationID, awake)
	return err
}

// Tasks lists what a runner does once a minute beside the duties.
func (l Lot) Tasks() []duty.Task {
	return []duty.Task{
		{Name: "draw anew what waits for people who are not awake", Do: l.RedrawAsleep},
		{Name: "hold the cases of who is frozen", Do: l.HoldFrozen},
		{Name: "give the cases of who is away to their deputies", Do: l.Deputise},
	}
}

// RedrawAsleep draws each verification anew that waits for somebody who is away or
// frozen, or has lost the role.
func (l Lot) RedrawAsleep(ctx context.Context) error {
	awake, err := team.Awake(ctx, l.Access)
	if err != nil {
		return err
	}
	waiting, err := l.Households.Asleep(ctx, awake)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		done, err := l.Households.Redraw(ctx, id, awake)
		if err != nil {
			return err
		}
		if !done {
			l.Log.WarnContext(ctx, "a verification waits, and nobody is awake to whom it could be drawn", "verification", id)
		}
	}
	return nil
}

// HoldFrozen holds the cases of people who are frozen until somebody else has looked at
// each.
func (l Lot) HoldFrozen(ctx context.Context) error {
	people, err := l.Households.Touching(ctx)
	if err != nil {
		return err
	}
	var frozen []string
	for some := range slices.Chunk(people, maxAsked) {
		resp, err := l.Access.ListFrozen(ctx, &accessv1.ListFrozenRequest{People: some})
		if err != nil {
			return fmt.Errorf("ask who is frozen: %w", err)
		}
		frozen = append(frozen, resp.GetFrozen()...)
	}
	for _, person := range frozen {
		held, err := l.Households.HoldFrozen(ctx, person)
		if err != nil {
			return err
		}
		if held > 0 {
			l.Log.WarnContext(ctx, "families are held until somebody else has looked at each: somebody was frozen", "person", person, "families", held)
		}
	}
	return l.Households.Thaw(ctx, frozen)
}

// Deputise gives the cases of people who are away to their deputies, and takes them back
// afterwards.
func (l Lot) Deputise(ctx context.Context) error {
	now, err := team.Ask(ctx, l.Access)
	if err != nil {
		return err
	}
	var away []string
	for _, a := range now.Away {
		away = append(away, a.Person)
	}
	if err := l.Households.ReturnCases(ctx, away); err != nil {
		return err
	}
	for _, a := range now.Away {
		if err := l.Households.LendCases(ctx, a.Person, a.Deputy, a.Until); err != nil {
			return err
		}
	}
	return nil
}
