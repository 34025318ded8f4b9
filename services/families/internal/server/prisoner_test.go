package server_test

import (
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

func TestAPrisonerIsReadAsOfAnyDay(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)

	// Given somebody of whom a list says something, and ten days later something else,
	first := b.clock.now()
	b.register("spring", []byte(header+line("1", "", "Іван Першы", "active", "1980-01-02")))
	page, err := b.caseworker(olga).prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{})
	must(t, err)
	name := page.GetPrisoners()[0].GetName()
	b.familyOf(name)
	b.clock.pass(10 * 24 * time.Hour)
	second := b.clock.now()
	b.register("spring", []byte(header+line("1", "", "Іван Першы", "former", "1980-01-03")))
	read := func(date string) (*familiesv1.Prisoner, error) {
		return b.caseworker(olga).prisoners.GetPrisoner(ctx, &familiesv1.GetPrisonerRequest{Name: name, AsOfDate: date})
	}

	// then each day has what was known at its end.
	for date, want := range map[string]struct{ born, stated string }{
		"":                                   {"1980-01-03", rpc.Day(second)},
		rpc.Day(second):                      {"1980-01-03", rpc.Day(second)},
		rpc.Day(second.Add(-24 * time.Hour)): {"1980-01-02", rpc.Day(first)},
		rpc.Day(first):                       {"1980-01-02", rpc.Day(first)},
	} {
		p, err := read(date)
		must(t, err)
		status := familiesv1.PrisonerStatus_PRISONER_STATUS_FORMER
		if want.stated == rpc.Day(first) {
			status = familiesv1.PrisonerStatus_PRISONER_STATUS_ACTIVE
		}
		if p.GetFacts().GetBirthDate() != want.born || p.GetStatedDate() != want.stated || p.GetStatus() != status {
			t.Errorf("on %q: born %s, stated %s, %v", date, p.GetFacts().GetBirthDate(), p.GetStatedDate(), p.GetStatus())
		}
	}
	_, err = read(rpc.Day(first.Add(-24 * time.Hour)))
	refused(t, "a day before anything was known", err, "NOT_FOUND")
	for _, date := range []string{"yesterday", "2026-13-01", rpc.Day(second.Add(48 * time.Hour))} {
		_, err = read(date)
		violates(t, date, err, "asOfDate")
	}
}
