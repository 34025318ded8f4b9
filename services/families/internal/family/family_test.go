package family_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var states = []family.State{
	family.Draft, family.Submitted, family.InReview, family.NeedsInfo, family.Verified, family.ReverifyDue,
	family.Suspended, family.Provisional, family.Rejected, family.Closed,
}

func TestAFamilyMovesAsDesigned(t *testing.T) {
	t.Parallel()
	legal := map[family.State][]family.State{
		family.Draft:       {family.Submitted, family.Provisional, family.Closed},
		family.Submitted:   {family.InReview, family.Provisional, family.Closed},
		family.InReview:    {family.Verified, family.NeedsInfo, family.Rejected, family.Closed},
		family.NeedsInfo:   {family.Submitted, family.Closed},
		family.Provisional: {family.Submitted, family.Closed},
		family.Verified:    {family.ReverifyDue, family.Suspended, family.Closed},
		family.ReverifyDue: {family.InReview, family.Suspended, family.Closed},
		family.Suspended:   {family.Verified, family.ReverifyDue, family.Closed},
	}
	for _, from := range append(states, "") {
		for _, to := range append(states, "") {
			if err := family.Move(from, to); (err == nil) != slices.Contains(legal[from], to) {
				t.Errorf("from %q to %q: %v", from, to, err)
			}
		}
	}
}

// A family can only have become VERIFIED out of review, or again after a
// suspension, whatever way it went.
func TestNoWayToVerifiedLeavesOutReview(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at, reviewed := family.Draft, false
		for _, to := range rapid.SliceOfN(rapid.SampledFrom(states), 1, 30).Draw(t, "steps") {
			if family.Move(at, to) != nil {
				continue
			}
			at = to
			reviewed = reviewed || at == family.InReview
			if at == family.Verified && !reviewed {
				t.Fatal("verified without review")
			}
		}
	})
}

func TestWhatEndedTakesNothingMore(t *testing.T) {
	t.Parallel()
	for _, s := range states {
		ended := s == family.Rejected || s == family.Closed
		if err := family.CheckOpen(s); fault.Is(err, "FAMILY_CLOSED") != ended {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestARegistrationNamesWhatItLacks(t *testing.T) {
	t.Parallel()
	if err := family.CheckComplete(family.Holdings{Members: 1, Contacts: 1, Consents: 1}); err != nil {
		t.Errorf("complete: %v", err)
	}
	f := fault.As(family.CheckComplete(family.Holdings{Members: 1}))
	if f == nil || len(f.Violations) != 2 || f.Violations[0].Field != "contacts" || f.Violations[1].Field != "consents" {
		t.Errorf("lacking contacts and consents: %v", f)
	}
}

func TestCoarseAttributesAreBands(t *testing.T) {
	t.Parallel()
	profile := family.Profile{Country: "LT", BirthYears: []int{2009, 2008, 2010, 2020, 2025, 1961}}
	got := profile.Attributes(2026)
	if got != (family.Attributes{Children: 3, Elderly: true, Country: "LT"}) {
		t.Errorf("attributes are %+v", got)
	}
	if got := (family.Profile{BirthYears: []int{2008, 1962}}).Attributes(2026); got != (family.Attributes{}) {
		t.Errorf("nobody is a child or old, but %+v", got)
	}
}

func TestAConsentIsInForceForTwoYearsAtMost(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	c, err := family.NewConsent("AID", "2026-11-24", "", now)
	if err != nil || c.ExpiresOn.Format(time.DateOnly) != "2028-11-24" {
		t.Errorf("consent is %+v, %v", c, err)
	}
	for _, bad := range []struct{ given, expires, field string }{
		{"2026-11-25", "", "givenOn"}, {"24.11.2026", "", "givenOn"}, {"", "", "givenOn"},
		{"2026-11-24", "2026-11-24", "expiresOn"}, {"2026-11-24", "2028-11-25", "expiresOn"},
		{"2026-01-01", "2026-11-01", "expiresOn"}, {"2020-01-01", "", "expiresOn"}, {"2026-11-24", "soon", "expiresOn"},
	} {
		_, err := family.NewConsent("AID", bad.given, bad.expires, now)
		if f := fault.As(err); f == nil || f.Violations[0].Field != bad.field {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestMembersAndContactsAreChecked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	member := func(name string, born int) error {
		return family.Member{FullName: name, Relationship: "CHILD", BirthYear: born}.Check(now)
	}
	for _, good := range []error{member("Зоя", 0), member("Зоя", 2026), member("Зоя", 1896)} {
		if good != nil {
			t.Errorf("refused: %v", good)
		}
	}
	for _, bad := range []error{member("Зоя", 2027), member("Зоя", 1895), member("Z", 2000), member(" Зоя", 2000), member("a\x00b", 2000)} {
		if !fault.OfKind(bad, fault.Invalid) {
			t.Errorf("taken: %v", bad)
		}
	}
	contact := family.Contact{Channel: "EMAIL", Address: "zoja@example.org", Language: "be"}
	if err := contact.Check(); err != nil {
		t.Errorf("refused: %v", err)
	}
	contact.Address = "Zoja <zoja@example.org>"
	if err := contact.Check(); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("taken: %v", err)
	}
}

func TestTheSecondPersonIsAnother(t *testing.T) {
	t.Parallel()
	pending := family.Second{Enterer: "staff/a", State: family.Pending}
	if err := pending.CheckConfirm("contact", "staff/a"); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("the enterer: %v", err)
	}
	if err := pending.CheckConfirm("contact", "staff/b"); err != nil {
		t.Errorf("another: %v", err)
	}
	confirmed := family.Second{Enterer: "staff/a", State: family.Confirmed}
	if err := confirmed.CheckConfirm("contact", "staff/b"); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("confirmed twice: %v", err)
	}
}
