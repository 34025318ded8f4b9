package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const verifierRole, officerRole = policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_PROTECTION_OFFICER

// confirmer is to whom a family is drawn now, and whether they stand in.
func (b *bench) confirmer(name string) (person string, standsIn bool) {
	b.t.Helper()
	f, err := b.caseworker(olga).families.GetFamily(b.t.Context(), &familiesv1.GetFamilyRequest{Name: name})
	must(b.t, err)
	return f.GetConfirmer(), f.GetOfficerStandsIn()
}

// isDrawn fails the test unless a family is drawn to a person.
func (b *bench) isDrawn(when, name, person string, standsIn bool) {
	b.t.Helper()
	if p, s := b.confirmer(name); p != person || s != standsIn {
		b.t.Errorf("%s: drawn to %s (stands in: %v), want %s", when, p, s, person)
	}
}

func (b *bench) notMe(person, name string, roles ...policyv1.Role) error {
	_, err := b.as(person, roles...).families.RedrawVerification(b.t.Context(), &familiesv1.RedrawVerificationRequest{Name: name})
	return err
}

func (b *bench) confirms(person, name string, roles ...policyv1.Role) error {
	_, err := b.as(person, roles...).families.ConfirmVerification(b.t.Context(), &familiesv1.ConfirmVerificationRequest{Name: name})
	return err
}

func (b *bench) reads(person, name string, roles ...policyv1.Role) error {
	_, err := b.as(person, roles...).families.UnsealFamily(b.t.Context(), &familiesv1.UnsealFamilyRequest{
		Name: name, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_VERIFICATION,
	})
	return err
}

func TestACaseIsDrawnAnewWhereItMustNotBeTheOneDrawn(t *testing.T) {
	t.Parallel()
	// Given a case that was drawn to dina, with egor awake as well by now,
	b := newBench(t)
	name := b.inReview()
	b.isDrawn("first", name, dina, false)
	b.team.wakes(egor, verifierRole)
	refused(t, "not me, by another", b.notMe(egor, name, verifierRole), "NOT_DRAWN")
	refused(t, "not me, by the owner", b.notMe(olga, name, verifierRole), "SAME_PERSON")

	// when dina says that it must not be she, then it is egor's, and hers no more.
	must(t, b.notMe(dina, name, verifierRole))
	b.isDrawn("not dina", name, egor, false)
	refused(t, "dina reads", b.reads(dina, name, verifierRole), "NOT_FOUND")
	refused(t, "dina confirms", b.confirms(dina, name, verifierRole), "NOT_DRAWN")
	must(t, b.reads(egor, name, verifierRole))

	// And when egor says so too, then an officer stands in,
	must(t, b.notMe(egor, name, verifierRole))
	b.isDrawn("not egor", name, vera, true)
	must(t, b.reads(vera, name, officerRole))
	refused(t, "an officer confirms a case of another", b.confirms("staff/s_other", name, officerRole), "NOT_DRAWN")
	must(t, b.confirms(vera, name, officerRole))
	if n := b.count(`SELECT count(*) FROM case_parts WHERE person = $1 AND part = 'STAND_IN'`, vera); n != 1 {
		t.Errorf("%d records that she stood in", n)
	}
}

func TestACaseThatLiesIsDrawnAnewAfterThreeDays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.inReview()
	b.team.wakes(egor, verifierRole)

	// Given that dina does nothing, when not yet 72 hours have passed, it stays hers,
	b.clock.pass(71 * time.Hour)
	b.drain()
	b.isDrawn("within 72 hours", name, dina, false)

	// and then it is egor's, for 72 hours of his own.
	b.clock.pass(time.Hour)
	b.drain()
	b.isDrawn("after 72 hours", name, egor, false)
	must(t, b.reads(egor, name, verifierRole))

	// And since dina let it run out, the next case passes her by for a week,
	second := b.inReview()
	b.isDrawn("another case", second, egor, false)
	// until she is awake again; with egor away, she is the only one.
	b.team.wakes(egor)
	b.team.wakes(vera)
	b.clock.pass(7 * 24 * time.Hour)
	third := b.inReview()
	b.isDrawn("a week later", third, dina, false)
}

func TestACaseIsDrawnAnewFromWhoIsAwayOrFrozen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.inReview()
	// While dina is awake nothing happens,
	must(t, b.lot().RedrawAsleep(t.Context()))
	b.isDrawn("while she is awake", name, dina, false)
	// once she is not it is another's,
	b.team.wakes(dina)
	b.team.wakes(egor, verifierRole)
	must(t, b.lot().RedrawAsleep(t.Context()))
	b.isDrawn("once she is frozen", name, egor, false)
	// and where nobody is there it stays, until somebody is.
	b.team.wakes(egor)
	b.team.wakes(vera)
	must(t, b.lot().RedrawAsleep(t.Context()))
	b.isDrawn("with nobody there", name, egor, false)
	b.team.wakes(vera, officerRole)
	must(t, b.lot().RedrawAsleep(t.Context()))
	b.isDrawn("with an officer there", name, vera, true)
}

func TestWhoIsRegisteredAgainIsDrawnToTheSamePerson(t *testing.T) {
	t.Parallel()
	// Given a prisoner whose family was drawn to somebody of many,
	b := newBench(t)
	for _, p := range []string{"staff/s_1", "staff/s_2", "staff/s_3", "staff/s_4", "staff/s_5"} {
		b.team.wakes(p, verifierRole)
	}
	name := b.inReview()
	first, _ := b.confirmer(name)
	// when its caseworker registers the same people again and again, then it is they again,
	for range 5 {
		if again, _ := b.confirmer(b.inReview()); again != first {
			t.Errorf("drawn to %s, then to %s", first, again)
		}
	}
	// even by somebody who asks again within one case.
	returned := b.as(first, verifierRole)
	_, err := returned.families.RequestInfo(t.Context(), &familiesv1.RequestInfoRequest{Name: name})
	must(t, err)
	_, err = b.caseworker(olga).families.SubmitFamily(t.Context(), &familiesv1.SubmitFamilyRequest{Name: name})
	must(t, err)
	_, err = b.caseworker(olga).families.ProposeVerification(t.Context(), &familiesv1.ProposeVerificationRequest{Name: name})
	must(t, err)
	b.isDrawn("proposed again", name, first, false)
}

// TestNobodyIsDrawnInACaseOfTheirs has verifiers who are caseworkers, too, as in a fund
// of five.
func TestNobodyIsDrawnInACaseOfTheirs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.team.wakes(dina)
	b.team.wakes(olga, policyv1.Role_ROLE_CASEWORKER, verifierRole)
	b.isDrawn("the owner alone at the desk", b.inReview(), vera, true)
	b.team.wakes(vera)
	name := b.submitted()
	_, err := b.caseworker(olga).families.ProposeVerification(t.Context(), &familiesv1.ProposeVerificationRequest{Name: name})
	refused(t, "nobody but the owner awake", err, "NOBODY_AVAILABLE")
}

// TestOneOfficerStandsInForAFamily has two of them: the one who did goes on for 90 days.
func TestOneOfficerStandsInForAFamily(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.team.wakes(dina)
	name := b.inReview()
	b.isDrawn("first", name, vera, true)
	for i := range 6 {
		b.team.wakes("staff/s_officer"+string(rune('0'+i)), officerRole)
	}
	again := func() {
		t.Helper()
		_, err := b.as(vera, officerRole).families.RequestInfo(t.Context(), &familiesv1.RequestInfoRequest{Name: name})
		must(t, err)
		_, err = b.caseworker(olga).families.SubmitFamily(t.Context(), &familiesv1.SubmitFamilyRequest{Name: name})
		must(t, err)
		_, err = b.caseworker(olga).families.ProposeVerification(t.Context(), &familiesv1.ProposeVerificationRequest{Name: name})
		must(t, err)
	}
	for range 3 {
		b.clock.pass(48 * time.Hour)
		again()
		b.isDrawn("again", name, vera, true)
	}
}

// TestNobodyGivesACaseToThemselvesBySQL has somebody write who was drawn; with the
// protection off they would verify.
func TestNobodyGivesACaseToThemselvesBySQL(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.inReview()
	if _, err := b.db.Pool.Exec(t.Context(), `UPDATE verifications SET confirmer = $1`, egor); err != nil {
		t.Fatal(err)
	}
	refused(t, "verified by whom no lot has drawn", b.confirms(egor, name, verifierRole), "ROW_CHANGED")
	refused(t, "read by whom no lot has drawn", b.reads(egor, name, verifierRole), "ROW_CHANGED")
}

// TestOfficersFindAllCasesAndReadNone is what reassigning and standing in need.
func TestOfficersFindAllCasesAndReadNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.family()
	list, err := b.as(vera, officerRole).families.ListFamilies(t.Context(), &familiesv1.ListFamiliesRequest{})
	must(t, err)
	if !slices.ContainsFunc(list.GetFamilies(), func(f *familiesv1.Family) bool { return f.GetName() == name }) {
		t.Errorf("listed are %v", list.GetFamilies())
	}
	if err := b.reads(vera, name, officerRole); !fault.Is(err, "NOT_FOUND") {
		t.Errorf("read by an officer: %v", err)
	}
}

// TestAnOfficerStandsInForWhateverAVerifierConfirms plays a fund whose only other verifier
// is away: account, channel and request wait for nobody.
func TestAnOfficerStandsInForWhateverAVerifierConfirms(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.family()
	officer := b.as(vera, officerRole)
	contact := &familiesv1.ConfirmContactRequest{Name: b.contactOf(name), SpokenWithFamily: true}

	// While a verifier outside the case is awake it is theirs,
	_, err := officer.household.ConfirmContact(ctx, contact)
	refused(t, "an officer while dina is awake", err, "NOT_STANDING_IN")
	// also where she is the owner of some other case;
	b.team.wakes(dina)
	b.team.wakes(olga, policyv1.Role_ROLE_CASEWORKER, verifierRole)

	// with the owner alone, vera stands in,
	_, err = b.confirmsContact(officer, contact)
	must(t, err)
	d, err := b.caseworker(olga).household.CreateDestination(ctx, &familiesv1.CreateDestinationRequest{Parent: name, Destination: newDestination()})
	must(t, err)
	second := b.as("staff/s_second", officerRole)
	// and no other officer while she is awake.
	b.team.wakes("staff/s_second", officerRole)
	_, err = b.hears(second, d.GetName(), newDestination())
	refused(t, "a second officer", err, "NOT_STANDING_IN")
	b.team.wakes(vera)
	_, err = b.hears(second, d.GetName(), newDestination())
	must(t, err)

	// It is on record who stood in, and they are involved.
	if n := b.count(`SELECT count(*) FROM case_parts WHERE part = 'STAND_IN' AND 'families/' || family_id = $1`, name); n != 2 {
		t.Errorf("%d officers on record", n)
	}
	if in := b.involved(name, vera, "staff/s_second", pavel); len(in) != 2 {
		t.Errorf("involved are %v", in)
	}
}

func TestAFamilyIsUnseenWithoutAnIndependentCheck(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for check, unseen := range map[familiesv1.IndependentCheck]bool{
		familiesv1.IndependentCheck_INDEPENDENT_CHECK_UNSPECIFIED: true, familiesv1.IndependentCheck_INDEPENDENT_CHECK_COURT_REFERENCE: false,
	} {
		name := b.inReview()
		f, err := b.verifier(dina).families.ConfirmVerification(t.Context(), &familiesv1.ConfirmVerificationRequest{Name: name, IndependentCheck: check})
		must(t, err)
		read, err := b.caseworker(olga).families.GetFamily(t.Context(), &familiesv1.GetFamilyRequest{Name: name})
		must(t, err)
		for _, f := range []*familiesv1.Family{f, read} {
			if f.GetUnseen() != unseen || f.GetIndependentCheck() != check {
				t.Errorf("%v: unseen is %v, check %v", check, f.GetUnseen(), f.GetIndependentCheck())
			}
		}
	}
	name := b.inReview()
	_, err := b.verifier(dina).families.ConfirmVerification(t.Context(), &familiesv1.ConfirmVerificationRequest{Name: name, IndependentCheck: 99})
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "independentCheck" {
		t.Errorf("a check of no kind: %v", err)
	}
}
