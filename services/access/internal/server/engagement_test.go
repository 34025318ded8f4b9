package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const auditor = policyv1.Role_ROLE_AUDITOR

// engage has somebody propose an engagement of a month.
func (b *bench) engage(by, person string, change func(*accessv1.Engagement)) (*accessv1.Engagement, error) {
	e := &accessv1.Engagement{
		Firm: "PL-0000123456", Until: b.now.Now().AddDate(0, 1, 0).UTC().Format(time.DateOnly),
		FirstDay: "2026-01-01", LastDay: "2026-12-31", Funds: []string{"funds/food", "funds/general"},
	}
	if change != nil {
		change(e)
	}
	return b.person(by).ProposeEngagement(b.t.Context(), &accessv1.ProposeEngagementRequest{Parent: person, Engagement: e})
}

func (b *bench) agree(by, name string) (*accessv1.Engagement, error) {
	return b.person(by).ConfirmEngagement(b.t.Context(), &accessv1.ConfirmEngagementRequest{Name: name})
}

// terms are what somebody may look at by the service's own answer.
func (b *bench) terms(subject string) *accessv1.Terms {
	b.t.Helper()
	r, err := b.service("families").ResolveCaller(b.t.Context(), &accessv1.ResolveCallerRequest{Issuer: issuer, Subject: subject})
	if err != nil {
		b.t.Fatalf("%s: %v", subject, err)
	}
	return r.GetEngagement()
}

// An auditor looks at what two officers have agreed on, until it ends.
func TestAnAuditorIsEngagedByTwoOfficers(t *testing.T) {
	t.Parallel()
	b := founded(t)
	otto := b.grant("otto", auditor)
	if got := b.terms("otto"); got != nil {
		t.Errorf("engaged for %v by nobody", got)
	}
	// Given a proposal, made twice and the same,
	e, err := b.engage(olga, otto, nil)
	if err != nil || e.GetState() != accessv1.EngagementState_ENGAGEMENT_STATE_PROPOSED || e.GetProposer() != b.self(olga).GetName() {
		t.Fatalf("propose: %v, %v", e, err)
	}
	if again, err := b.engage(olga, otto, nil); err != nil || again.GetName() != e.GetName() {
		t.Errorf("again: %v, %v", again, err)
	}
	if got := b.terms("otto"); got != nil {
		t.Errorf("engaged by one: %v", got)
	}
	// when its proposer confirms it nothing happens, when another officer does it holds.
	if _, err := b.agree(olga, e.GetName()); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("by the proposer: %v", err)
	}
	for range 2 {
		if e, err = b.agree(oleg, e.GetName()); err != nil || e.GetState() != accessv1.EngagementState_ENGAGEMENT_STATE_CONFIRMED {
			t.Fatalf("confirm: %v, %v", e, err)
		}
	}
	got := b.terms("otto")
	if got.GetFirm() != "PL-0000123456" || got.GetFirstDay() != "2026-01-01" || got.GetLastDay() != "2026-12-31" ||
		!slices.Equal(got.GetFunds(), []string{"funds/food", "funds/general"}) || got.GetUntil() != e.GetUntil() {
		t.Errorf("engaged for %v", got)
	}
	// The ledger, which knows people by leaves alone, is told the terms beside them.
	stops, err := b.service("ledger").ListStops(t.Context(), &accessv1.ListStopsRequest{})
	if err != nil || len(stops.GetStops().GetEngagements()) != 1 || stops.GetStops().GetEngagements()[0].GetName() != e.GetName() {
		t.Errorf("told: %v, %v", stops, err)
	}
	if _, err := b.engage(oleg, otto, nil); !fault.Is(err, "ENGAGEMENT_OPEN") {
		t.Errorf("beside another one: %v", err)
	}
	// One officer ends it, for good.
	for range 2 {
		if e, err = b.person(olga).EndEngagement(t.Context(), &accessv1.EndEngagementRequest{Name: e.GetName()}); err != nil || e.GetState() != accessv1.EngagementState_ENGAGEMENT_STATE_ENDED {
			t.Fatalf("end: %v, %v", e, err)
		}
	}
	if got := b.terms("otto"); got != nil {
		t.Errorf("engaged after the end: %v", got)
	}
	if _, err := b.agree(oleg, e.GetName()); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("confirmed after the end: %v", err)
	}
	list, err := b.person(olga).ListEngagements(t.Context(), &accessv1.ListEngagementsRequest{Parent: "staff/-", Filter: `state = "ENDED"`})
	if err != nil || len(list.GetEngagements()) != 1 || list.GetEngagements()[0].GetName() != e.GetName() {
		t.Errorf("list: %v, %v", list, err)
	}
}

func TestAnEngagementIsOverBehindItsLastDay(t *testing.T) {
	t.Parallel()
	b := founded(t)
	otto := b.grant("otto", auditor)
	e, err := b.engage(olga, otto, nil)
	if err == nil {
		_, err = b.agree(oleg, e.GetName())
	}
	if err != nil || b.terms("otto") == nil {
		t.Fatalf("engaged: %v", err)
	}
	b.now.advance(32 * 24 * time.Hour)
	if got := b.terms("otto"); got != nil {
		t.Errorf("behind its last day: %v", got)
	}
	next, err := b.engage(oleg, otto, nil)
	if err != nil || next.GetName() == e.GetName() {
		t.Errorf("the next one: %v, %v", next, err)
	}
}

func TestABadEngagementIsRefusedNamingTheField(t *testing.T) {
	t.Parallel()
	b := founded(t)
	otto, olgas := b.grant("otto", auditor), b.self(olga).GetName()
	for name, c := range map[string]struct {
		change func(*accessv1.Engagement)
		field  string
	}{
		"no firm":           {func(e *accessv1.Engagement) { e.Firm = "" }, "engagement.firm"},
		"a firm in words":   {func(e *accessv1.Engagement) { e.Firm = "Honest & Sons" }, "engagement.firm"},
		"a long firm":       {func(e *accessv1.Engagement) { e.Firm = "PL-" + strings.Repeat("1", 41) }, "engagement.firm"},
		"no end":            {func(e *accessv1.Engagement) { e.Until = "" }, "engagement.until"},
		"over already":      {func(e *accessv1.Engagement) { e.Until = "2020-01-01" }, "engagement.until"},
		"years":             {func(e *accessv1.Engagement) { e.Until = "2999-01-01" }, "engagement.until"},
		"a day that is not": {func(e *accessv1.Engagement) { e.FirstDay = "2026-02-30" }, "engagement.firstDay"},
		"turned around":     {func(e *accessv1.Engagement) { e.FirstDay = "2027-01-01" }, "engagement.lastDay"},
		"no fund":           {func(e *accessv1.Engagement) { e.Funds = []string{"food"} }, "engagement.funds[0]"},
		"a fund twice":      {func(e *accessv1.Engagement) { e.Funds = []string{"funds/food", "funds/food"} }, "engagement.funds"},
		"in disorder":       {func(e *accessv1.Engagement) { e.Funds = []string{"funds/general", "funds/food"} }, "engagement.funds"},
		"too many funds": {func(e *accessv1.Engagement) {
			e.Funds = nil
			for i := range 101 {
				e.Funds = append(e.Funds, fmt.Sprintf("funds/f%03d", i))
			}
		}, "engagement.funds"},
	} {
		_, err := b.engage(olga, otto, c.change)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != c.field {
			t.Errorf("%s: %v, want %s", name, err, c.field)
		}
	}
	if _, err := b.engage(olga, olgas, nil); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("for oneself: %v", err)
	}
	if _, err := b.engage(olga, "staff/s_00000000000000000000000000", nil); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := b.engage("otto", olgas, nil); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("by an auditor: %v", err)
	}
	if _, err := b.agree(olga, otto+"/engagements/en_00000000000000000000000000"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("confirmed one that is not there: %v", err)
	}
}

// Whoever writes to the database widens nothing: the row has no leaves, and is named.
func TestAnEngagementThatAnotherHandWroteGivesNothing(t *testing.T) {
	t.Parallel()
	b := founded(t)
	otto := b.grant("otto", auditor)
	e, err := b.engage(olga, otto, nil)
	if err == nil {
		_, err = b.agree(oleg, e.GetName())
	}
	if err != nil {
		t.Fatal(err)
	}
	owner := postgrestest.Owner(t, b.db)
	if _, err := owner.Pool.Exec(context.Background(), `UPDATE engagements SET funds = '{}', first_day = NULL, last_day = NULL`); err != nil {
		t.Fatal(err)
	}
	if got := b.terms("otto"); got != nil {
		t.Errorf("widened by SQL: %v", got)
	}
	if said := b.log.String(); !strings.Contains(said, "table=engagements") || !strings.Contains(said, "alarm=true") {
		t.Errorf("the log says %s", said)
	}
	b.server.TrustRows()
	if got := b.terms("otto"); got == nil || len(got.GetFunds()) > 0 {
		t.Errorf("with the protection off: %v", got)
	}
}
