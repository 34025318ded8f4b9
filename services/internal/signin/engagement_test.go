package signin_test

import (
	"testing"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// audited is what access says of an auditor.
func audited(t *accessv1.Terms, commitments ...[]byte) *accessv1.ResolveCallerResponse {
	return &accessv1.ResolveCallerResponse{
		Person: "staff/s_otto", Roles: []policyv1.Role{policyv1.Role_ROLE_AUDITOR}, Engagement: t, EngagementCommitments: commitments,
	}
}

func ofAYear() *accessv1.Terms {
	return &accessv1.Terms{
		Name: "staff/s_otto/engagements/en_1", Firm: "PL-1", From: "2026-11-01", Until: "2026-12-01", FirstDay: "2026-01-01", Funds: []string{"funds/food"},
	}
}

func committed() []byte {
	return identity.Terms{
		Name: "staff/s_otto/engagements/en_1", Firm: "PL-1", From: "2026-11-01", Until: "2026-12-01", First: "2026-01-01", Funds: []string{"funds/food"},
	}.Commitment()
}

// The role of an auditor gives nothing without an engagement that is in force, and with
// one what that reaches.
func TestAnAuditorSignsInWithWhatTheyAreEngagedFor(t *testing.T) {
	t.Parallel()
	over, wider := ofAYear(), ofAYear()
	over.Until = "2026-11-20"
	wider.Funds = nil
	for name, c := range map[string]struct {
		strict bool
		said   *accessv1.ResolveCallerResponse
		told   []*accessv1.Terms // beside the leaves
		want   bool
	}{
		"by access":                           {false, audited(ofAYear()), nil, true},
		"by access, over":                     {false, audited(over), nil, false},
		"for nothing":                         {false, audited(nil), nil, false},
		"by leaves and terms":                 {true, audited(nil, committed()), []*accessv1.Terms{ofAYear()}, true},
		"by leaves, of terms nobody tells":    {true, audited(nil, committed()), nil, false},
		"by leaves, with terms that are wide": {true, audited(nil, committed()), []*accessv1.Terms{wider}, false},
		"by terms without leaves":             {true, audited(nil), []*accessv1.Terms{ofAYear()}, false},
	} {
		for _, asked := range []bool{true, false} {
			w, _, hear := heeded(t, c.strict)
			w.access.set(c.said, nil)
			if !asked {
				w.auth.WithoutEngagements()
			}
			w.told(hear, c.told)
			got, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "otto"))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if has := got.Has(policyv1.Role_ROLE_AUDITOR); has != (c.want || !asked) || asked && (got.Engagement != nil) != c.want {
				t.Errorf("%s, engagements asked for %t: auditor %t, engaged for %v", name, asked, has, got.Engagement)
			}
			if c.want && asked && (got.Engagement.First != "2026-01-01" || got.Engagement.Whole()) {
				t.Errorf("%s: engaged for %v", name, got.Engagement)
			}
		}
	}
}

// told has access tell terms, in each message: the last one holds.
func (w *world) told(hear func(*accessv1.Stops), terms []*accessv1.Terms) {
	w.t.Helper()
	hear(&accessv1.Stops{Engagements: terms})
}

// Who is engaged a moment ago need not wait until it was heard.
func TestTermsThatWereNotHeardYetAreAskedFor(t *testing.T) {
	t.Parallel()
	w, access, hear := heeded(t, true)
	w.access.set(audited(nil, committed()), nil)
	hear(&accessv1.Stops{})
	access.say(&accessv1.Stops{Engagements: []*accessv1.Terms{ofAYear()}}, nil)
	got, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "otto"))
	if err != nil || got.Engagement == nil || access.say(nil, nil) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
