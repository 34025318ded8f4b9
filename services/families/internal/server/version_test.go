package server_test

import (
	"strings"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// cut is the family of a name, and what comes behind it.
func cut(name string) (family, rest string, found bool) {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:2], "/"), parts[len(parts)-1], len(parts) == 3
}

// Everything that was entered can be read as it was, by who may read the family.
func TestTheVersionsBeforeStayReadable(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c, request := b.caseworker(olga), b.asked()
	family, _, _ := cut(request)
	member, contact, consent := b.memberOf(family), b.contactOf(family), b.consentOf(family)
	asked := familiesv1.ChangeReason_CHANGE_REASON_ASKED
	_, err := c.household.UpdateMember(ctx, &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{Name: member, FullName: "Марыя Іншая"}, Reason: asked})
	must(t, err)
	_, err = c.household.UpdateContact(ctx, &familiesv1.UpdateContactRequest{Contact: &familiesv1.Contact{Name: contact, Language: "ru"}, Reason: asked})
	must(t, err)
	_, err = c.household.UpdateConsent(ctx, &familiesv1.UpdateConsentRequest{Consent: &familiesv1.Consent{Name: consent, Purpose: familiesv1.ConsentPurpose_CONSENT_PURPOSE_STATISTICS}, Reason: asked})
	must(t, err)
	_, err = c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{Family: &familiesv1.Family{
		Name: family, CountryCode: "PL", AlteredCodeRule: familiesv1.AlteredCodeRule_ALTERED_CODE_RULE_FIRST_DIGIT_UP,
	}, Reason: asked})
	must(t, err)
	_, err = c.requests.UpdateAidRequest(ctx, &familiesv1.UpdateAidRequestRequest{AidRequest: &familiesv1.AidRequest{Name: request, Amount: postingtest.Money(1_00)}, Reason: asked})
	must(t, err)
	for parent, said := range map[string]func(v *familiesv1.Version) (string, string){
		member: func(v *familiesv1.Version) (string, string) {
			return v.GetMember().GetName(), v.GetMember().GetFullName()
		},
		contact: func(v *familiesv1.Version) (string, string) {
			return v.GetContact().GetName(), v.GetContact().GetLanguage()
		},
		consent: func(v *familiesv1.Version) (string, string) {
			return v.GetConsent().GetName(), v.GetConsent().GetPurpose().String()
		},
		family: func(v *familiesv1.Version) (string, string) {
			return v.GetFamily().GetName(), v.GetFamily().GetCountryCode()
		},
		request: func(v *familiesv1.Version) (string, string) {
			return v.GetAidRequest().GetName(), v.GetAidRequest().GetAmount().String()
		},
	} {
		read := func(who clients, token string) (*familiesv1.ListVersionsResponse, error) {
			return who.household.ListVersions(ctx, &familiesv1.ListVersionsRequest{Parent: parent, PageSize: 1, PageToken: token})
		}
		// Given two versions, when they are read page by page,
		first, err := read(c, "")
		must(t, err)
		second, err := read(c, first.GetNextPageToken())
		must(t, err)
		// then the newest comes first, each with who wrote it, why and what.
		is, was := first.GetVersions()[0], second.GetVersions()[0]
		if is.GetNumber() != 2 || is.GetReason() != asked || was.GetNumber() != 1 || was.GetReason() != 0 || second.GetNextPageToken() != "" {
			t.Errorf("%s: %v, before %v", parent, is, was)
		}
		name, content := said(is)
		oldName, before := said(was)
		if name != parent || oldName != parent || content == before || content == "" || before == "" || is.GetWriter() != olga || was.GetCreateTime() == nil {
			t.Errorf("%s is %v and was %v", parent, is, was)
		}
		if is.GetFamily().GetAlteredCodeRule() != 0 || is.GetMember().GetEtag() != "" {
			t.Errorf("%s tells %v", parent, is)
		}
		_, err = read(b.caseworker(pavel), "")
		refused(t, "read by another: "+parent, err, "NOT_FOUND")
		_, err = read(b.verifier(egor), "")
		refused(t, "read by a verifier to whom it was not drawn: "+parent, err, "NOT_FOUND")
	}
	// Each of these reads is on record, and refused ones are not.
	if n := b.count(`SELECT count(*) FROM access_records WHERE purpose = 'CORRECTION'`); n != 10 {
		t.Errorf("%d reads are on record", n)
	}
	_, err = c.household.ListVersions(ctx, &familiesv1.ListVersionsRequest{Parent: family + "/members/m_none"})
	refused(t, "versions of nothing", err, "NOT_FOUND")
	_, err = c.household.ListVersions(ctx, &familiesv1.ListVersionsRequest{Parent: "families/-"})
	refused(t, "versions across families", err, "NOT_FOUND")

	// They are destroyed with the family.
	must(t, b.keys.Destroy(ctx, seal.Family(family[len("families/"):])))
	_, err = c.household.ListVersions(ctx, &familiesv1.ListVersionsRequest{Parent: member})
	refused(t, "versions of a family that was erased", err, "ERASED")
}

// The person drawn reads them while the family waits for them.
func TestThePersonDrawnReadsVersionsToo(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.inReview()
	resp, err := b.verifier(dina).household.ListVersions(ctx, &familiesv1.ListVersionsRequest{
		Parent: b.memberOf(name), Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_VERIFICATION,
	})
	if err != nil || len(resp.GetVersions()) != 1 || resp.GetVersions()[0].GetMember().GetFullName() != newMember().GetFullName() {
		t.Errorf("%v, %v", resp, err)
	}
}

// A code that is given after the rule was agreed anew is altered by the new one.
func TestACodeIsAlteredByTheRuleThatHolds(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c, name := b.caseworker(olga), b.family()
	_, err := c.families.UpdateFamily(ctx, &familiesv1.UpdateFamilyRequest{Family: &familiesv1.Family{Name: name, AlteredCodeRule: familiesv1.AlteredCodeRule_ALTERED_CODE_RULE_FIRST_DIGIT_UP}})
	must(t, err)
	code, err := b.disbursements().release.IssueCode(ctx, &familiesv1.IssueCodeRequest{Payment: "payments/y_1", Family: name})
	must(t, err)
	altered := []byte(code.GetCode())
	altered[0] = '0' + (altered[0]-'0'+1)%10
	judged, err := b.disbursements().release.JudgeCode(ctx, &familiesv1.JudgeCodeRequest{Payment: "payments/y_1", Code: string(altered)})
	if err != nil || !judged.GetAccepted() {
		t.Errorf("the altered code: %v, %v", judged, err)
	}
}
