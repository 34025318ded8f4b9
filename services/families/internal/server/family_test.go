package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAnotherCaseworkersFamilyIsLikeAnAbsentOne(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	request := b.approved(1)
	name := request.GetName()[:len("families/")+28]
	other := b.caseworker(pavel)
	absent := "families/f_00000000000000000000000000"
	calls := map[string]func(name string) error{
		"get": func(n string) error {
			_, err := other.families.GetFamily(ctx, &familiesv1.GetFamilyRequest{Name: n})
			return err
		},
		"submit": func(n string) error {
			_, err := other.families.SubmitFamily(ctx, &familiesv1.SubmitFamilyRequest{Name: n})
			return err
		},
		"propose": func(n string) error {
			_, err := other.families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: n})
			return err
		},
		"suspend": func(n string) error {
			_, err := other.families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{Name: n, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_DOUBT})
			return err
		},
		"unseal": func(n string) error {
			_, err := other.families.UnsealFamily(ctx, &familiesv1.UnsealFamilyRequest{Name: n, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_CONTACT})
			return err
		},
		"add member": func(n string) error {
			_, err := other.household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: n, Member: newMember()})
			return err
		},
		"list destinations": func(n string) error {
			_, err := other.household.ListDestinations(ctx, &familiesv1.ListDestinationsRequest{Parent: n})
			return err
		},
		"ask for aid": func(n string) error {
			_, err := other.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: n, AidRequest: newRequest()})
			return err
		},
		"list requests": func(n string) error {
			_, err := other.requests.ListAidRequests(ctx, &familiesv1.ListAidRequestsRequest{Parent: n})
			return err
		},
		"withdraw a request": func(n string) error {
			_, err := other.requests.WithdrawAidRequest(ctx, &familiesv1.WithdrawAidRequestRequest{Name: n + request.GetName()[len(name):]})
			return err
		},
	}
	for what, call := range calls {
		theirs, nobodys := fault.As(call(name)), fault.As(call(absent))
		if theirs == nil || nobodys == nil || theirs.Kind != fault.NotFound || theirs.Error() != nobodys.Error() {
			t.Errorf("%s: another's is %v, an absent one %v", what, theirs, nobodys)
		}
	}
	list, err := other.families.ListFamilies(ctx, &familiesv1.ListFamiliesRequest{})
	must(t, err)
	requests, err := other.requests.ListAidRequests(ctx, &familiesv1.ListAidRequestsRequest{})
	must(t, err)
	if len(list.GetFamilies()) != 0 || len(requests.GetAidRequests()) != 0 {
		t.Errorf("another caseworker lists %v and %v", list, requests)
	}
}

func TestOnlyThePersonDrawnDecidesAVerification(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.family()
	_, err := b.caseworker(olga).families.SubmitFamily(ctx, &familiesv1.SubmitFamilyRequest{Name: name})
	must(t, err)

	// When olga proposes the verification,
	f, err := b.caseworker(olga).families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: name})
	must(t, err)

	// then dina was drawn,
	if f.GetState() != familiesv1.FamilyState_FAMILY_STATE_IN_REVIEW || f.GetConfirmer() != dina || f.GetProposer() != olga {
		t.Errorf("family is %v", f)
	}

	// and neither olga nor another verifier can confirm it,
	confirm := &familiesv1.ConfirmVerificationRequest{Name: name}
	_, err = b.verifier(olga).families.ConfirmVerification(ctx, confirm)
	refused(t, "the proposer confirms", err, "SAME_PERSON")
	_, err = b.verifier(egor).families.ConfirmVerification(ctx, confirm)
	refused(t, "somebody who was not drawn confirms", err, "NOT_DRAWN")
	_, err = b.caseworker(olga).families.ConfirmVerification(ctx, confirm)
	refused(t, "a caseworker confirms", err, "PERMISSION_DENIED")
	f, err = b.caseworker(olga).families.GetFamily(ctx, &familiesv1.GetFamilyRequest{Name: name})
	must(t, err)
	if f.GetState() != familiesv1.FamilyState_FAMILY_STATE_IN_REVIEW {
		t.Errorf("family is %v after refusals", f.GetState())
	}

	// but dina finds the case among hers and can, once.
	drawn, err := b.verifier(dina).families.ListFamilies(ctx, &familiesv1.ListFamiliesRequest{Filter: `state = "IN_REVIEW"`})
	must(t, err)
	if len(drawn.GetFamilies()) != 1 || drawn.GetFamilies()[0].GetName() != name {
		t.Errorf("dina lists %v", drawn)
	}
	f, err = b.verifier(dina).families.ConfirmVerification(ctx, confirm)
	must(t, err)
	if f.GetState() != familiesv1.FamilyState_FAMILY_STATE_VERIFIED {
		t.Errorf("family is %v", f.GetState())
	}
	_, err = b.verifier(dina).families.ConfirmVerification(ctx, confirm)
	refused(t, "confirmed twice", err, "ILLEGAL_STATE")
}

func TestARejectedOrReturnedVerificationPaysNobody(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.family()
	c, d := b.caseworker(olga), b.verifier(dina)
	submit := func() {
		t.Helper()
		_, err := c.families.SubmitFamily(ctx, &familiesv1.SubmitFamilyRequest{Name: name})
		must(t, err)
		_, err = c.families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: name})
		must(t, err)
	}
	submit()
	f, err := d.families.RequestInfo(ctx, &familiesv1.RequestInfoRequest{Name: name})
	must(t, err)
	if f.GetState() != familiesv1.FamilyState_FAMILY_STATE_NEEDS_INFO {
		t.Errorf("family is %v", f.GetState())
	}
	submit()
	f, err = d.families.RejectVerification(ctx, &familiesv1.RejectVerificationRequest{Name: name})
	must(t, err)
	if f.GetState() != familiesv1.FamilyState_FAMILY_STATE_REJECTED {
		t.Errorf("family is %v", f.GetState())
	}
	_, err = c.household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: name, Member: newMember()})
	refused(t, "a member of a rejected family", err, "FAMILY_CLOSED")
	_, err = b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "a rejected family paid", err, "FAMILY_NOT_VERIFIED")
	b.drain()
	if decided := b.ledger.By(ledgerv1.DecisionKind_DECISION_KIND_FAMILY_DECIDED); !slices.Equal(decided, []string{egor, dina, dina}) {
		t.Errorf("the ledger was told of decisions by %v", decided)
	}
}

func TestARegistrationThatLacksSomethingIsNotSubmitted(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c := b.caseworker(olga)
	f, err := c.families.CreateFamily(ctx, &familiesv1.CreateFamilyRequest{Family: newFamily(b.aPrisoner())})
	must(t, err)
	_, err = c.families.SubmitFamily(ctx, &familiesv1.SubmitFamilyRequest{Name: f.GetName()})
	refused(t, "an empty registration", err, "INCOMPLETE")
	if v := fault.As(err).Violations; len(v) != 3 || v[0].Field != "members" || v[1].Field != "contacts" || v[2].Field != "consents" {
		t.Errorf("violations are %v", v)
	}
}

func TestASuspensionIsLiftedBySomebodyElse(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	f, err := b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{
		Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY,
	})
	must(t, err)
	if f.GetState() != familiesv1.FamilyState_FAMILY_STATE_SUSPENDED {
		t.Errorf("family is %v", f.GetState())
	}
	_, err = b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "a suspended family paid", err, "FAMILY_SUSPENDED")
	reinstate := &familiesv1.ReinstateFamilyRequest{Name: name}
	_, err = b.verifier(egor).families.ReinstateFamily(ctx, reinstate)
	refused(t, "lifted by who imposed it", err, "SAME_PERSON")
	_, err = b.as(olga, policyv1.Role_ROLE_PROTECTION_OFFICER).families.ReinstateFamily(ctx, reinstate)
	refused(t, "lifted by whose case it is", err, "SAME_PERSON")
	f, err = b.verifier(dina).families.ReinstateFamily(ctx, reinstate)
	must(t, err)
	if f.GetState() != familiesv1.FamilyState_FAMILY_STATE_VERIFIED {
		t.Errorf("family is %v", f.GetState())
	}
	_, err = b.verifier(dina).families.ReinstateFamily(ctx, reinstate)
	refused(t, "lifted twice", err, "ILLEGAL_STATE")
}

func TestUnsealingIsRecordedLimitedAndEnds(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.family()
	c := b.caseworker(olga)
	_, err := c.families.SubmitFamily(ctx, &familiesv1.SubmitFamilyRequest{Name: name})
	must(t, err)
	_, err = c.families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: name})
	must(t, err)
	unseal := &familiesv1.UnsealFamilyRequest{Name: name, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_VERIFICATION}

	// The person drawn reads everything, on record,
	u, err := b.verifier(dina).families.UnsealFamily(ctx, unseal)
	must(t, err)
	if len(u.GetMembers()) != 1 || u.GetMembers()[0].GetFullName() != newMember().GetFullName() || u.GetCountryCode() != "LT" ||
		u.GetContacts()[0].GetAddress() != newContact().GetAddress() || u.GetDestinations()[0].GetBankAccount().GetAccountHolder() != newDestination().GetBankAccount().GetAccountHolder() {
		t.Errorf("unsealed family is %v", u)
	}
	if n := b.count("SELECT count(*) FROM access_records WHERE person = $1 AND purpose = 'VERIFICATION'", dina); n != 1 {
		t.Errorf("%d records of the read", n)
	}
	b.drain()
	if decided := b.ledger.By(ledgerv1.DecisionKind_DECISION_KIND_FAMILY_DECIDED); slices.Contains(decided, dina) {
		t.Errorf("a read is a decision by %v", decided)
	}

	// for 72 hours,
	b.clock.pass(71 * time.Hour)
	_, err = b.verifier(dina).families.UnsealFamily(ctx, unseal)
	must(t, err)
	b.clock.pass(2 * time.Hour)
	_, err = b.verifier(dina).families.UnsealFamily(ctx, unseal)
	refused(t, "unsealed after three days", err, "NOT_FOUND")

	// and nobody reads more than 20 families an hour.
	if _, err := b.db.Pool.Exec(ctx, `
		INSERT INTO access_records (record_id, person, subject_digest, purpose, read_on, read_at)
		SELECT 'x_' || n, $1, sha256(n::text::bytea), 'PRISONER', $2::timestamptz, $2 FROM generate_series(1, 20) n`, olga, b.clock.now()); err != nil {
		t.Fatal(err)
	}
	_, err = c.families.UnsealFamily(ctx, unseal)
	refused(t, "the 21st family in an hour", err, "READ_LIMIT")
	b.clock.pass(time.Hour)
	_, err = c.families.UnsealFamily(ctx, unseal)
	must(t, err)
}

func TestAPrisonersFactsAreReadForOwnCasesOnly(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	prisoner := b.aPrisoner()
	get := &familiesv1.GetPrisonerRequest{Name: prisoner}
	_, err := b.caseworker(olga).prisoners.GetPrisoner(ctx, get)
	refused(t, "a prisoner of nobody's", err, "NOT_FOUND")
	b.familyOf(prisoner)
	p, err := b.caseworker(olga).prisoners.GetPrisoner(ctx, get)
	must(t, err)
	if p.GetFacts().GetFullName() == "" || len(p.GetFacts().GetCells()) == 0 {
		t.Errorf("facts are %v", p.GetFacts())
	}
	_, err = b.caseworker(pavel).prisoners.GetPrisoner(ctx, get)
	refused(t, "another's prisoner", err, "NOT_FOUND")
	if n := b.count("SELECT count(*) FROM access_records WHERE purpose = 'PRISONER'"); n != 1 {
		t.Errorf("%d records, want one", n)
	}
}
