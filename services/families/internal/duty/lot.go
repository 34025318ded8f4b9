package duty

import (
	"context"
	"log/slog"

	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/team"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// Lot draws cases anew.
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
