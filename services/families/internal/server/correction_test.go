package server_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// updates are a change of one resource of each kind that can be changed, by its name;
// etag and mask are the test's.
func updates(b *bench, c clients) map[string]func(etag string, paths ...string) (string, error) {
	ctx, family := b.t.Context(), b.family()
	member, contact, consent := b.memberOf(family), b.contactOf(family), b.consentOf(family)
	asked, err := c.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: family, AidRequest: newRequest()})
	must(b.t, err)
	mask := func(paths []string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }
	return map[string]func(etag string, paths ...string) (string, error){
		"member": func(etag string, paths ...string) (string, error) {
			m, err := c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{UpdateMask: mask(paths), Member: &familiesv1.Member{Name: member, Etag: etag, FullName: "Марыя Іншая"}})
			return m.GetEtag(), err
		},
		"contact": func(etag string, paths ...string) (string, error) {
			m, err := c.household.UpdateContact(ctx, &familiesv1.UpdateContactRequest{UpdateMask: mask(paths), Contact: &familiesv1.Contact{Name: contact, Etag: etag, SafeHours: "after six"}})
			return m.GetEtag(), err
		},
		"consent": func(etag string, paths ...string) (string, error) {
			m, err := c.household.UpdateConsent(ctx, &familiesv1.UpdateConsentRequest{UpdateMask: mask(paths), Consent: &familiesv1.Consent{Name: consent, Etag: etag, Purpose: familiesv1.ConsentPurpose_CONSENT_PURPOSE_STATISTICS}})
			return m.GetEtag(), err
		},
		"family": func(etag string, paths ...string) (string, error) {
			m, err := c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{UpdateMask: mask(paths), Family: &familiesv1.Family{Name: family, Etag: etag, CountryCode: "PL"}})
			return m.GetEtag(), err
		},
		"aid request": func(etag string, paths ...string) (string, error) {
			m, err := c.requests.UpdateAidRequest(ctx, &familiesv1.UpdateAidRequestRequest{UpdateMask: mask(paths), AidRequest: &familiesv1.AidRequest{Name: asked.GetName(), Etag: etag, Amount: postingtest.Money(99_00)}})
			return m.GetEtag(), err
		},
	}
}

func TestWhatWasEnteredIsChangedByWhoHasSeenItOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for what, update := range updates(b, b.caseworker(olga)) {
		// Given something that is changed once,
		first, err := update("")
		if err != nil || first == "" {
			t.Errorf("%s: %v", what, err)
			continue
		}
		before := b.count(everything)
		// when its etag is of before, or of nothing, it is not changed;
		for _, etag := range []string{"v1", "W"} {
			if _, err := update(etag); !fault.Is(err, fault.ReasonEtagMismatch) || !fault.OfKind(err, fault.Aborted) {
				t.Errorf("%s with the etag %s: %v", what, etag, err)
			}
		}
		// nor by a mask that names what is the server's, what is not there, or nothing.
		for _, path := range []string{"name", "state", "create_time", "allowed_actions", "nothing", ""} {
			_, err := update(first, path)
			violates(t, what+" by the mask "+path, err, "updateMask")
		}
		if after := b.count(everything); after != before {
			t.Errorf("%s: %d rows became %d by what was refused", what, before, after)
		}
		if second, err := update(first); err != nil || second == first {
			t.Errorf("%s by who has seen it: %s, %v", what, second, err)
		}
	}
}

func TestAChangeIsCheckedAsAnEntryIs(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c, name := b.caseworker(olga), b.family()
	member, contact, consent := b.memberOf(name), b.contactOf(name), b.consentOf(name)
	asked, err := c.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: newRequest()})
	must(t, err)
	before := b.count(everything)
	changeRequest := func(m *familiesv1.AidRequest, paths ...string) error {
		m.Name = asked.GetName()
		_, err := c.requests.UpdateAidRequest(ctx, &familiesv1.UpdateAidRequestRequest{AidRequest: m, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	changeMember := func(m *familiesv1.Member, paths ...string) error {
		m.Name = member
		_, err := c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: m, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	changeContact := func(m *familiesv1.Contact, paths ...string) error {
		m.Name = contact
		_, err := c.household.UpdateContact(ctx, &familiesv1.UpdateContactRequest{Contact: m, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	changeConsent := func(m *familiesv1.Consent, paths ...string) error {
		m.Name = consent
		_, err := c.household.UpdateConsent(ctx, &familiesv1.UpdateConsentRequest{Consent: m, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	changeFamily := func(m *familiesv1.Family) error {
		m.Name = name
		_, err := c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{Family: m})
		return err
	}
	tomorrow := b.clock.now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	_, noReason := c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{Name: member, FullName: "Іншая"}, Reason: 99})
	_, noName := c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{FullName: "Іншая"}})
	_, noParent := c.household.ListVersions(ctx, &familiesv1.ListVersionsRequest{Parent: "prisoners/pr_1"})
	_, noPurpose := c.household.ListVersions(ctx, &familiesv1.ListVersionsRequest{Parent: name, Purpose: 99})
	for _, x := range []struct {
		field string
		err   error
	}{
		{"fullName", changeMember(&familiesv1.Member{FullName: " "})}, {"fullName", changeMember(&familiesv1.Member{}, "full_name")},
		{"relationship", changeMember(&familiesv1.Member{Relationship: 77})}, {"birthYear", changeMember(&familiesv1.Member{BirthYear: 1700})},
		{"channel", changeContact(&familiesv1.Contact{}, "channel")}, {"address", changeContact(&familiesv1.Contact{Channel: familiesv1.ContactChannel_CONTACT_CHANNEL_EMAIL})},
		{"language", changeContact(&familiesv1.Contact{Language: "BE"})},
		{"givenOn", changeConsent(&familiesv1.Consent{GivenOn: tomorrow})}, {"expiresOn", changeConsent(&familiesv1.Consent{ExpiresOn: "2001-01-01"})},
		{"purpose", changeConsent(&familiesv1.Consent{}, "purpose")},
		{"countryCode", changeFamily(&familiesv1.Family{CountryCode: "lt"})}, {"prisoner", changeFamily(&familiesv1.Family{Prisoner: "prisoners/pr_0"})},
		{"alteredCodeRule", changeFamily(&familiesv1.Family{AlteredCodeRule: 77})}, {"updateMask", changeFamily(&familiesv1.Family{})},
		{"amount.minorUnits", changeRequest(&familiesv1.AidRequest{Amount: postingtest.Money(-1)})}, {"amount", changeRequest(&familiesv1.AidRequest{}, "amount")},
		{"minimum.minorUnits", changeRequest(&familiesv1.AidRequest{Minimum: postingtest.Money(999_00)})}, {"cycles", changeRequest(&familiesv1.AidRequest{Cycles: 25})},
		{"category", changeRequest(&familiesv1.AidRequest{}, "category")}, {"urgency", changeRequest(&familiesv1.AidRequest{Urgency: 77})},
		{"updateMask", changeRequest(&familiesv1.AidRequest{}, "submitter")},
		{"reason", noReason}, {"member.name", noName}, {"parent", noParent}, {"purpose", noPurpose},
	} {
		violates(t, x.field, x.err, x.field)
	}
	_, err = b.caseworker(pavel).household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{Name: member, FullName: "Іншая"}})
	refused(t, "another's member", err, "NOT_FOUND")
	_, err = c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{Name: name + "/members/m_none", FullName: "Іншая"}})
	refused(t, "no member", err, "NOT_FOUND")
	old := metadata.AppendToOutgoingContext(ctx, "if-match", `"v9"`)
	_, err = c.household.UpdateMember(old, &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{Name: member, FullName: "Іншая"}})
	refused(t, "an old If-Match", err, "ETAG_MISMATCH")
	if after := b.count(everything); after != before {
		t.Errorf("%d rows became %d", before, after)
	}
}

func TestWhatIsVerifiedDoesNotChangeUnderTheVerifiersEyes(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c := b.caseworker(olga)
	change := func(name string) error {
		_, err := c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{Name: b.memberOf(name), BirthYear: 1999}})
		return err
	}
	move := func(name, country string) (*familiesv1.Family, error) {
		return c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{Family: &familiesv1.Family{Name: name, CountryCode: country}})
	}
	// In review it is refused, as a whole.
	name := b.inReview()
	refused(t, "a member of a family in review", change(name), "FAMILY_IN_REVIEW")
	_, err := move(name, "PL")
	refused(t, "the country of a family in review", err, "FAMILY_IN_REVIEW")
	// The code under pressure is no part of it.
	_, err = c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{Family: &familiesv1.Family{Name: name, AlteredCodeRule: familiesv1.AlteredCodeRule_ALTERED_CODE_RULE_FIRST_DIGIT_UP}})
	must(t, err)

	// Sent back it goes on, and another prisoner can be named, too.
	_, err = b.verifier(dina).families.RequestInfo(ctx, &familiesv1.RequestInfoRequest{Name: name})
	must(t, err)
	must(t, change(name))
	other := b.somePrisoners(2)[1]
	_, err = c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{Family: &familiesv1.Family{Name: name, Prisoner: other}})
	must(t, err)
	u, err := c.families.UnsealFamily(ctx, &familiesv1.UnsealFamilyRequest{Name: name, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_CORRECTION})
	if err != nil || u.GetPrisoner() != other || u.GetMembers()[0].GetBirthYear() != 1999 || u.GetMembers()[0].GetFullName() != newMember().GetFullName() || u.GetCountryCode() != "LT" {
		t.Errorf("then it is %v, %v", u, err)
	}

	// A verified one is due to be verified again, and is still paid.
	request := b.approvedFor(b.anotherVerified(), 1)
	name, _, _ = cut(request.GetName())
	must(t, change(name))
	f, err := c.families.GetFamily(ctx, &familiesv1.GetFamilyRequest{Name: name})
	if err != nil || f.GetState() != familiesv1.FamilyState_FAMILY_STATE_REVERIFY_DUE {
		t.Errorf("a verified family whose member changed is %v, %v", f, err)
	}
	if list, err := b.disbursements().input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{}); err != nil || len(list.GetFundableRequests()) != 1 {
		t.Errorf("fundable then: %v, %v", list, err)
	}
	_, err = c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{Family: &familiesv1.Family{Name: name, Prisoner: other}})
	refused(t, "the prisoner of a verified family", err, "ILLEGAL_STATE")

	// One that is suspended is due once it is reinstated.
	name = b.anotherVerified()
	_, err = b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_DOUBT})
	must(t, err)
	f, err = move(name, "PL")
	if err != nil || f.GetState() != familiesv1.FamilyState_FAMILY_STATE_SUSPENDED {
		t.Errorf("a suspended family that moved is %v, %v", f, err)
	}
	f, err = b.verifier(dina).families.ReinstateFamily(ctx, &familiesv1.ReinstateFamilyRequest{Name: name})
	if err != nil || f.GetState() != familiesv1.FamilyState_FAMILY_STATE_REVERIFY_DUE {
		t.Errorf("reinstated it is %v, %v", f, err)
	}
}

func TestAChannelThatLeadsElsewhereIsConfirmedAgain(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c, name := b.caseworker(olga), b.contactOf(b.family())
	confirm := func(who, etag string) (*familiesv1.Contact, error) {
		return b.confirmsContact(b.verifier(who), &familiesv1.ConfirmContactRequest{
			Name: name, SpokenWithFamily: true, Etag: etag, AnnouncedOnKnownChannel: true,
		})
	}
	change := func(m *familiesv1.Contact) *familiesv1.Contact {
		m.Name = name
		m, err := c.household.UpdateContact(ctx, &familiesv1.UpdateContactRequest{Contact: m})
		must(t, err)
		return m
	}
	seen, err := c.household.ListContacts(ctx, &familiesv1.ListContactsRequest{Parent: "families/-"})
	must(t, err)
	changed := change(&familiesv1.Contact{Address: "+370 600 00007"})
	_, err = confirm(dina, seen.GetContacts()[0].GetEtag())
	refused(t, "confirmed as it was", err, "ETAG_MISMATCH")
	_, err = confirm(egor, changed.GetEtag())
	must(t, err)
	// What may be said, and when, is not what was confirmed; where it leads is.
	if m := change(&familiesv1.Contact{SafeHours: "18-20"}); m.GetState() != familiesv1.ContactState_CONTACT_STATE_CONFIRMED || m.GetConfirmer() != egor {
		t.Errorf("with other words it is %v", m)
	}
	if m := change(&familiesv1.Contact{Channel: familiesv1.ContactChannel_CONTACT_CHANNEL_PHONE}); m.GetState() != familiesv1.ContactState_CONTACT_STATE_PENDING || m.GetConfirmer() != "" {
		t.Errorf("another channel is %v", m)
	}
	_, err = confirm(egor, "")
	must(t, err)
}

func TestAConsentThatWasWithdrawnStaysSo(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c, name := b.caseworker(olga), b.consentOf(b.family())
	_, err := c.household.WithdrawConsent(ctx, &familiesv1.WithdrawConsentRequest{Name: name})
	must(t, err)
	_, err = c.household.UpdateConsent(ctx, &familiesv1.UpdateConsentRequest{Consent: &familiesv1.Consent{Name: name, GivenOn: b.newConsent().GetGivenOn()}})
	refused(t, "a withdrawn consent", err, "ILLEGAL_STATE")
}

// Who approves has seen what they approve, and what was asked before is not paid.
func TestARequestIsApprovedAsItWasSeen(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c, name := b.caseworker(olga), b.asked()
	seen, err := b.verifier(egor).requests.GetAidRequest(ctx, &familiesv1.GetAidRequestRequest{Name: name})
	must(t, err)
	changed, err := c.requests.UpdateAidRequest(ctx, &familiesv1.UpdateAidRequestRequest{AidRequest: &familiesv1.AidRequest{Name: name, Amount: postingtest.Money(170_00), Cycles: 2}})
	must(t, err)
	approve := &familiesv1.ApproveAidRequestRequest{Name: name, Etag: seen.GetEtag()}
	_, err = b.verifier(egor).requests.ApproveAidRequest(ctx, approve)
	refused(t, "approved as it was", err, "ETAG_MISMATCH")
	approve.Etag = changed.GetEtag()
	approved, err := b.verifier(egor).requests.ApproveAidRequest(ctx, approve)
	if err != nil || approved.GetAmount().GetMinorUnits() != 170_00 || len(approved.GetCycleStates()) != 2 || approved.GetCategory() != seen.GetCategory() {
		t.Errorf("approved: %v, %v", approved, err)
	}
	list, err := b.disbursements().input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{})
	if err != nil || len(list.GetFundableRequests()) != 1 || list.GetFundableRequests()[0].GetCap().GetMinorUnits() != 170_00 {
		t.Errorf("fundable: %v, %v", list, err)
	}
	_, err = c.requests.UpdateAidRequest(ctx, &familiesv1.UpdateAidRequestRequest{AidRequest: &familiesv1.AidRequest{Name: name, Cycles: 1}})
	refused(t, "an approved request", err, "ILLEGAL_STATE")
}
