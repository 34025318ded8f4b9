package server_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// One subject more is one hand more: nobody brings one in alone.
func TestNobodyAloneBringsSomebodyIn(t *testing.T) {
	t.Parallel()
	// given a person whom an officer has proposed
	b := fund(t)
	leaves := len(b.ledger.Decisions())
	ada, err := b.proposeStaff(olga, "ada")
	if err != nil || ada.GetState() != accessv1.StaffState_STAFF_STATE_PROPOSED || ada.GetProposer() != b.self(olga).GetName() {
		t.Fatalf("%v: %v", ada, err)
	}
	if got := len(b.ledger.Decisions()) - leaves; got != 1 {
		t.Errorf("a proposal has %d leaves", got)
	}
	// then nothing is given to them, and neither who proposed them nor a colleague confirms it
	if _, err := b.resolve("ada"); !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("a proposed person is known: %v", err)
	}
	if _, err := b.propose(oleg, ada.GetName(), caseworker); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("a role for a proposed person: %v", err)
	}
	if _, err := b.person(oleg).ProposeEngagement(t.Context(), &accessv1.ProposeEngagementRequest{
		Parent: ada.GetName(), Engagement: &accessv1.Engagement{Firm: "PL-1", Until: b.now.Now().Format("2006-01-02")},
	}); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("an engagement for a proposed person: %v", err)
	}
	for by, want := range map[string]fault.Reason{olga: "SAME_PERSON", "kasia": "OFFICERS_AWAKE"} {
		if _, err := b.confirmStaff(by, ada.GetName(), "ada"); !fault.Is(err, want) {
			t.Errorf("%s confirms: %v, want %s", by, err, want)
		}
	}
	if _, err := b.confirmStaff(oleg, ada.GetName(), "eva"); !violates(err, "subject") {
		t.Errorf("confirmed as somebody else: %v", err)
	}
	b.now.advance(time.Second)
	// when another officer does, who knows them by their subject
	confirmed, err := b.confirmStaff(oleg, ada.GetName(), "ada")
	if err != nil || confirmed.GetState() != accessv1.StaffState_STAFF_STATE_CONFIRMED || len(confirmed.GetConfirmers()) != 1 {
		t.Fatalf("%v: %v", confirmed, err)
	}
	// then they are known, each step has its leaf, and all colleagues are told
	if got, err := b.resolve("ada"); err != nil || got.GetPerson() != ada.GetName() {
		t.Errorf("%v: %v", got, err)
	}
	if got := len(b.ledger.Decisions()) - leaves; got != 2 {
		t.Errorf("enrolling has %d leaves", got)
	}
	told, err := b.person("tom").ListAnnouncements(t.Context(), &accessv1.ListAnnouncementsRequest{PageSize: 2})
	if err != nil || told.GetAnnouncements()[0].GetKind() != accessv1.AnnouncementKind_ANNOUNCEMENT_KIND_ENROLLED ||
		told.GetAnnouncements()[1].GetKind() != accessv1.AnnouncementKind_ANNOUNCEMENT_KIND_STAFF_PROPOSED {
		t.Errorf("told %v: %v", told, err)
	}
}

func violates(err error, field string) bool {
	f := fault.As(err)
	return f != nil && len(f.Violations) == 1 && f.Violations[0].Field == field
}

func TestWhereAnOfficerIsAwayTwoOfDifferentDesksConfirmWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	b := fund(t)
	b.away(olga)
	ada, err := b.proposeStaff("kasia", "ada")
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		by    string
		state accessv1.StaffState
	}{
		{oleg, accessv1.StaffState_STAFF_STATE_PROPOSED}, {"tom", accessv1.StaffState_STAFF_STATE_PROPOSED},
		{"karl", accessv1.StaffState_STAFF_STATE_CONFIRMED},
	} {
		if got, err := b.confirmStaff(step.by, ada.GetName(), "ada"); err != nil || got.GetState() != step.state {
			t.Errorf("%d. after %s: %v, %v", i, step.by, got.GetState(), err)
		}
	}
}

// A row says nothing: whoever writes into the database that somebody was confirmed has
// not brought them in.
func TestARowThatSaysConfirmedBringsNobodyIn(t *testing.T) {
	t.Parallel()
	b := founded(t)
	ada, err := b.proposeStaff(olga, "ada")
	if err != nil {
		t.Fatal(err)
	}
	b.exec(`UPDATE staff SET state = 'CONFIRMED' WHERE id = $1`, ada.GetName()[len("staff/"):])
	if _, err := b.resolve("ada"); !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("known by a row: %v", err)
	}
	b.server.TrustRows()
	if got, err := b.resolve("ada"); err != nil || got.GetPerson() != ada.GetName() {
		t.Errorf("with the protection off: %v, %v", got, err)
	}
}

func TestPeopleAreListedByWhatWaitsForTheCaller(t *testing.T) {
	t.Parallel()
	b := founded(t)
	b.enrol("kim")
	ada, err := b.proposeStaff(olga, "ada")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by, filter string
		want       int
	}{
		{oleg, `state = "PROPOSED"`, 1}, {oleg, `state = "CONFIRMED"`, 3}, {oleg, `allowed_to_me = true AND state = "PROPOSED"`, 1},
	} {
		resp, err := b.person(c.by).ListStaff(t.Context(), &accessv1.ListStaffRequest{Filter: c.filter})
		if err != nil || len(resp.GetStaff()) != c.want {
			t.Errorf("%s: %v, %v", c.filter, resp, err)
		}
	}
	resource := actiontest.Resource{
		Name: ada.GetName(), Methods: b.server.Verbs()["solidarity/Staff"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return accessv1.NewStaffServiceClient(a.Conn).GetStaff(t.Context(), &accessv1.GetStaffRequest{Name: ada.GetName()})
		},
		Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
			switch r := req.(type) {
			case *accessv1.ConfirmStaffRequest:
				r.Subject = "ada"
			case *accessv1.ExtendFreezeRequest:
				r.Until = b.now.Now().AddDate(0, 0, 10).Format("2006-01-02")
			}
		},
	}
	officers := []actiontest.Actor{
		{Name: olga, Roles: []policyv1.Role{officer}, Conn: b.Bearing(olga)}, {Name: oleg, Roles: []policyv1.Role{officer}, Conn: b.Bearing(oleg)},
	}
	resource.Take(t, "confirm", officers...)
	resource.Check(t, officers...)
}
