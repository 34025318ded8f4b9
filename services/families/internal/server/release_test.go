package server_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

func TestADestinationIsReleasedOncePerAttemptAndAnsweredAlike(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	d := b.disbursements()
	request := b.newRelease(name)
	first, err := d.release.ReleaseDestination(ctx, request)
	must(t, err)

	// Whatever happens since, the attempt gets the same answer,
	changed := newAccount("DE89 3704 0044 0532 0130 00", "Berlin")
	b.destination(name, changed)
	_, err = b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_DOUBT})
	must(t, err)
	again, err := d.release.ReleaseDestination(ctx, request)
	must(t, err)
	if !proto.Equal(first, again) {
		t.Errorf("the repeat was answered %v", again)
	}

	// with another digest or amount none,
	other := proto.Clone(request).(*familiesv1.ReleaseDestinationRequest)
	other.Digest[0]++
	_, err = d.release.ReleaseDestination(ctx, other)
	refused(t, "another digest", err, "RELEASE_CONFLICT")
	other = proto.Clone(request).(*familiesv1.ReleaseDestinationRequest)
	other.Amount = postingtest.Money(1)
	_, err = d.release.ReleaseDestination(ctx, other)
	refused(t, "another amount", err, "RELEASE_CONFLICT")

	// and the next attempt is checked anew.
	next := b.newRelease(name)
	next.Attempt = 2
	_, err = d.release.ReleaseDestination(ctx, next)
	refused(t, "the next attempt of a suspended family", err, "FAMILY_SUSPENDED")
	if n := b.count("SELECT count(*) FROM releases"); n != 1 {
		t.Errorf("%d releases are noted", n)
	}
}

func TestNothingIsReleasedForAPlanThatTheBooksDoNotHoldDecided(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	d := b.disbursements()
	b.ledger.undecide(true)
	_, err := d.release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "an undecided plan", err, "DECISIONS_MISSING")
	if n := b.count("SELECT count(*) FROM releases"); n != 0 {
		t.Errorf("%d releases are noted", n)
	}

	// Once released, an attempt gets its answer again without asking.
	b.ledger.undecide(false)
	first, err := d.release.ReleaseDestination(ctx, b.newRelease(name))
	must(t, err)
	b.ledger.undecide(true)
	again, err := d.release.ReleaseDestination(ctx, b.newRelease(name))
	must(t, err)
	if !proto.Equal(first, again) {
		t.Errorf("the repeat was answered %v", again)
	}
}

func TestAChangedDestinationCoolsOff(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	d := b.disbursements()
	changed := newAccount("DE89 3704 0044 0532 0130 00", "Vilnius")
	b.destination(name, changed)
	_, err := d.release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "a fresh change paid", err, "DESTINATION_COOLING_OFF")
	b.clock.pass(48 * time.Hour)
	released, err := d.release.ReleaseDestination(ctx, b.newRelease(name))
	must(t, err)
	if released.GetDestination().GetBankAccount().GetIban() != "DE89370400440532013000" {
		t.Errorf("destination is %v", released)
	}
	courier := b.newRelease(name)
	courier.Attempt, courier.Forms[0].Form = 2, familiesv1.DestinationForm_DESTINATION_FORM_COLLECTOR
	_, err = d.release.ReleaseDestination(ctx, courier)
	refused(t, "a rail of couriers", err, "FORM_NOT_TAKEN")
}

func TestAPendingDestinationIsNone(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	if _, err := b.db.Pool.Exec(ctx, `UPDATE destinations SET state = 'PENDING', confirmer = NULL, usable_at = NULL`); err != nil {
		t.Fatal(err)
	}
	_, err := b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "an unconfirmed destination paid", err, "NO_DESTINATION")
	for field, change := range map[string]func(r *familiesv1.ReleaseDestinationRequest){
		"payment": func(r *familiesv1.ReleaseDestinationRequest) { r.Payment = "y_1" },
		"plan":    func(r *familiesv1.ReleaseDestinationRequest) { r.Plan = "" },
		"family":  func(r *familiesv1.ReleaseDestinationRequest) { r.Family = "families" },
		"attempt": func(r *familiesv1.ReleaseDestinationRequest) { r.Attempt = 0 },
		"digest":  func(r *familiesv1.ReleaseDestinationRequest) { r.Digest = nil },
		"rail":    func(r *familiesv1.ReleaseDestinationRequest) { r.Rail = "" },
		"amount":  func(r *familiesv1.ReleaseDestinationRequest) { r.Amount = nil },
	} {
		r := b.newRelease(name)
		change(r)
		_, err := b.disbursements().release.ReleaseDestination(ctx, r)
		violates(t, field, err, field)
	}
	_, err = b.caseworker(olga).release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "a person asks for a release", err, "PERMISSION_DENIED")
}

func TestRightAndAlteredCodesAreAcceptedAlike(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	d := b.disbursements()
	issue := func(payment string) *familiesv1.IssueCodeResponse {
		t.Helper()
		code, err := d.release.IssueCode(ctx, &familiesv1.IssueCodeRequest{Payment: payment, Family: name})
		must(t, err)
		if len(code.GetCode()) != 8 || code.GetHandle() == "" {
			t.Fatalf("code is %v", code)
		}
		return code
	}
	judge := func(payment, code string) (bool, error) {
		out, err := d.release.JudgeCode(ctx, &familiesv1.JudgeCodeRequest{Payment: payment, Code: code})
		return out.GetAccepted(), err
	}
	altered := func(code string) string { return code[:7] + string('0'+(code[7]-'0'+1)%10) }
	wrong := func(code string) string { return string('0'+(code[0]-'0'+5)%10) + code[1:] }

	// Both are accepted, once, and leave verdicts of one size.
	for payment, alter := range map[string]func(string) string{
		"payments/y_right": func(c string) string { return c }, "payments/y_altered": altered,
	} {
		code := issue(payment).GetCode()
		if ok, err := judge(payment, alter(code)); err != nil || !ok {
			t.Errorf("%s: accepted %v, %v", payment, ok, err)
		}
		_, err := judge(payment, code)
		refused(t, "a used code", err, "CODE_USED")
	}
	if n := b.count("SELECT count(DISTINCT (length(verdict_sealed), tries)) FROM confirmation_codes WHERE accepted"); n != 1 {
		t.Errorf("%d kinds of rows for right and altered codes", n)
	}

	// Five wrong ones are the end, also for the right one.
	code := issue("payments/y_wrong").GetCode()
	for range 5 {
		if ok, err := judge("payments/y_wrong", wrong(code)); err != nil || ok {
			t.Errorf("a wrong code: accepted %v, %v", ok, err)
		}
	}
	_, err := judge("payments/y_wrong", code)
	refused(t, "a sixth code", err, "TRIES_EXHAUSTED")
	_, err = judge("payments/y_none", code)
	refused(t, "a payment without a code", err, "NOT_FOUND")
	_, err = judge("payments/y_wrong", "12345")
	violates(t, "a short code", err, "code")
	_, err = d.release.IssueCode(ctx, &familiesv1.IssueCodeRequest{Payment: "payments/y_wrong", Family: name})
	refused(t, "a second code", err, "CODE_ISSUED")
}

func TestACodeIsToldOnce(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	d := b.disbursements()
	issue := &familiesv1.IssueCodeRequest{Payment: "payments/y_1", Family: name, RequestId: "e7f4cdb5-9d2f-4f55-8a2c-8a9a3a4f8a01"}
	first, err := d.release.IssueCode(ctx, issue)
	must(t, err)
	replay, err := d.release.IssueCode(ctx, issue)
	must(t, err)
	if replay.GetCode() != "" || replay.GetHandle() != first.GetHandle() {
		t.Errorf("first %v, replay %v", first, replay)
	}
}

func TestAnErasedFamilyOpensNoMore(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	must(t, b.keys.Destroy(ctx, seal.Family(strings.TrimPrefix(name, "families/"))))
	_, err := b.caseworker(olga).families.UnsealFamily(ctx, &familiesv1.UnsealFamilyRequest{Name: name, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_CONTACT})
	if !fault.Is(err, "ERASED") {
		t.Errorf("unsealed: %v", err)
	}
	_, err = b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "an erased family paid", err, "ERASED")
}

// The ledger is asked before the family is locked: however slow it is, a family can be
// suspended meanwhile, and then nothing is released.
func TestASlowLedgerHoldsUpNoFamily(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	asked, answer := make(chan struct{}), make(chan struct{})
	b.ledger.slow = func() { close(asked); <-answer }
	released := make(chan error, 1)
	go func() {
		_, err := b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
		released <- err
	}()
	<-asked
	_, err := b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY})
	must(t, err)
	close(answer)
	refused(t, "a family suspended while the ledger was asked", <-released, "FAMILY_SUSPENDED")
	if n := b.count("SELECT count(*) FROM releases"); n != 0 {
		t.Errorf("%d releases are noted", n)
	}
}

// Each thing that a release asks for stops it when it alone is missing.
func TestAReleaseAsksForEverything(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	b.family()
	for why, spoil := range map[string]string{
		"":                        `SELECT $1::text`,
		"FAMILY_SUSPENDED":        `UPDATE families SET state = 'SUSPENDED' WHERE family_id = $1`,
		"FAMILY_NOT_VERIFIED":     `UPDATE families SET state = 'IN_REVIEW' WHERE family_id = $1`,
		"CONSENT_MISSING":         `UPDATE consents SET withdrawn_on = given_on WHERE family_id = $1`,
		"NO_DESTINATION":          `UPDATE destinations SET state = 'REPLACED' WHERE family_id = $1`,
		"FORM_NOT_TAKEN":          `UPDATE destinations SET form = 'WALLET' WHERE family_id = $1`,
		"DESTINATION_COOLING_OFF": `UPDATE destinations SET usable_at = now() + interval '1 hour' WHERE family_id = $1`,
		"SEAL_BROKEN":             `UPDATE destinations SET sealed = '\\x01' WHERE family_id = $1`,
	} {
		name := b.anotherVerified()
		release := b.newRelease(name)
		release.Payment = "payments/y_" + why + "x"
		b.inPlan(release)
		if _, err := b.db.Pool.Exec(ctx, spoil, name[len("families/"):]); err != nil {
			t.Fatal(err)
		}
		_, err := b.disbursements().release.ReleaseDestination(ctx, release)
		if why == "" {
			must(t, err)
			continue
		}
		refused(t, "a release that lacks one thing", err, fault.Reason(why))
		if n := b.count("SELECT count(*) FROM releases WHERE payment = $1", release.GetPayment()); n != 0 {
			t.Errorf("%s: the release is noted", why)
		}
	}
	for state, ok := range map[string]bool{"VERIFIED": true, "REVERIFY_DUE": true, "DRAFT": false, "SUBMITTED": false, "NEEDS_INFO": false, "PROVISIONAL": false, "REJECTED": false, "CLOSED": false} {
		name := b.anotherVerified()
		if _, err := b.db.Pool.Exec(ctx, `UPDATE families SET state = $2 WHERE family_id = $1`, name[len("families/"):], state); err != nil {
			t.Fatal(err)
		}
		release := b.newRelease(name)
		release.Payment = "payments/y_" + state
		b.inPlan(release)
		_, err := b.disbursements().release.ReleaseDestination(ctx, release)
		if ok != (err == nil) || !ok && !fault.Is(err, "FAMILY_NOT_VERIFIED") {
			t.Errorf("a family that is %s: %v", state, err)
		}
	}
}
