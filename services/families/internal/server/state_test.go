package server_test

import (
	"fmt"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// inState brings a fresh family into a state past the program, with the rows that
// belong to it.
func (b *bench) inState(state family.State) string {
	b.t.Helper()
	if state == family.InReview {
		return b.inReview() // who was drawn cannot be written past the program
	}
	name := b.another()
	id := name[len("families/"):]
	statements := []string{`UPDATE families SET state = $2 WHERE family_id = $1`}
	switch state {
	case family.Suspended:
		statements = append(statements, `
			INSERT INTO suspensions (family_id, version, suspended_on, suspender, reason, case_owner, state_before)
			SELECT $1, version, now(), '`+egor+`', 'DOUBT', owner, 'VERIFIED' FROM families WHERE family_id = $1 AND $2 <> ''`)
	}
	for _, statement := range statements {
		if _, err := b.db.Pool.Exec(b.t.Context(), statement, id, state); err != nil {
			b.t.Fatal(err)
		}
	}
	return name
}

// verbs are the calls that move a family, with where they lead; empty for back to where
// it was.
var verbs = map[string]struct {
	to   family.State
	call func(b *bench, name string) (*familiesv1.Family, error)
}{
	"submit": {family.Submitted, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.caseworker(olga).families.SubmitFamily(b.t.Context(), &familiesv1.SubmitFamilyRequest{Name: name})
	}},
	"propose": {family.InReview, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.caseworker(olga).families.ProposeVerification(b.t.Context(), &familiesv1.ProposeVerificationRequest{Name: name})
	}},
	"confirm": {family.Verified, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.verifier(dina).families.ConfirmVerification(b.t.Context(), &familiesv1.ConfirmVerificationRequest{Name: name})
	}},
	"reject": {family.Rejected, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.verifier(dina).families.RejectVerification(b.t.Context(), &familiesv1.RejectVerificationRequest{Name: name})
	}},
	"redraw": {family.InReview, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.verifier(dina).families.RedrawVerification(b.t.Context(), &familiesv1.RedrawVerificationRequest{Name: name})
	}},
	"return": {family.NeedsInfo, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.verifier(dina).families.RequestInfo(b.t.Context(), &familiesv1.RequestInfoRequest{Name: name})
	}},
	"suspend": {family.Suspended, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.verifier(egor).families.SuspendFamily(b.t.Context(), &familiesv1.SuspendFamilyRequest{Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY})
	}},
	"reinstate": {family.Verified, func(b *bench, name string) (*familiesv1.Family, error) {
		return b.verifier(dina).families.ReinstateFamily(b.t.Context(), &familiesv1.ReinstateFamilyRequest{Name: name})
	}},
}

// From every state, every verb does what the table of states says, or is refused and
// leaves the family where it was.
func TestEveryVerbMovesAFamilyAsDesignedOrNotAtAll(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	legal := map[family.State][]string{
		family.Draft: {"submit"}, family.Submitted: {"propose"}, family.InReview: {"confirm", "reject", "return", "redraw"},
		family.NeedsInfo: {"submit"}, family.Provisional: {"submit"}, family.Verified: {"suspend"},
		family.ReverifyDue: {"propose", "suspend"}, family.Suspended: {"reinstate"}, family.Rejected: {}, family.Closed: {},
	}
	for state, may := range legal {
		for verb, v := range verbs {
			what := fmt.Sprintf("%s a family that is %s", verb, state)
			name := b.inState(state)
			f, err := v.call(b, name)
			want := state
			if slices.Contains(may, verb) {
				want = v.to
				if err != nil || f.GetState() != enum.Value[familiesv1.FamilyState](want) {
					t.Errorf("%s: %v, %v", what, f.GetState(), err)
				}
			} else if !fault.Is(err, "ILLEGAL_STATE") {
				t.Errorf("%s: %v", what, err)
			}
			var stands family.State
			must(t, b.db.Pool.QueryRow(t.Context(), `SELECT state FROM families WHERE family_id = $1`, name[len("families/"):]).Scan(&stands))
			if stands != want {
				t.Errorf("%s: it is %s, want %s", what, stands, want)
			}
		}
	}
}

// told is an answer without what its reader could do, which is another's for another.
func told(m proto.Message) string {
	m = proto.Clone(m)
	for _, name := range []protoreflect.Name{"allowed_actions", "blocked_actions"} {
		m.ProtoReflect().Clear(m.ProtoReflect().Descriptor().Fields().ByName(name))
	}
	return prototext.Format(m)
}

// What a change answers is what a read answers after it, to whoever reads.
func TestAChangeAnswersHowTheFamilyIsThen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for state, verb := range map[family.State]string{
		family.Draft: "submit", family.Submitted: "propose", family.InReview: "confirm", family.Suspended: "reinstate", family.ReverifyDue: "propose",
	} {
		name := b.inState(state)
		changed, err := verbs[verb].call(b, name)
		must(t, err)
		read, err := b.caseworker(olga).families.GetFamily(t.Context(), &familiesv1.GetFamilyRequest{Name: name})
		must(t, err)
		if told(changed) != told(read) {
			t.Errorf("%s: answered %v, then read %v", verb, changed, read)
		}
	}
	// And so with requests, whose cycles are part of the answer.
	r := b.approvedFor(b.anotherVerified(), 3)
	read, err := b.caseworker(olga).requests.GetAidRequest(t.Context(), &familiesv1.GetAidRequestRequest{Name: r.GetName()})
	must(t, err)
	if told(r) != told(read) || len(read.GetCycleStates()) != 3 {
		t.Errorf("approved: answered %v, then read %v", r, read)
	}
	withdrawn, err := b.caseworker(olga).requests.WithdrawAidRequest(t.Context(), &familiesv1.WithdrawAidRequestRequest{Name: r.GetName()})
	must(t, err)
	read, err = b.caseworker(olga).requests.GetAidRequest(t.Context(), &familiesv1.GetAidRequestRequest{Name: r.GetName()})
	must(t, err)
	if told(withdrawn) != told(read) {
		t.Errorf("withdrawn: answered %v, then read %v", withdrawn, read)
	}
}

// An ended family takes nothing more, whatever it is.
func TestAnEndedFamilyTakesNothingMore(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c := b.caseworker(olga)
	for _, state := range []family.State{family.Rejected, family.Closed} {
		name := b.inState(state)
		before := b.count(everything)
		for what, add := range map[string]func() error{
			"a member": func() error {
				_, err := c.household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: name, Member: newMember()})
				return err
			},
			"a contact": func() error {
				_, err := c.household.CreateContact(ctx, &familiesv1.CreateContactRequest{Parent: name, Contact: newContact()})
				return err
			},
			"a consent": func() error {
				_, err := c.household.CreateConsent(ctx, &familiesv1.CreateConsentRequest{Parent: name, Consent: b.newConsent()})
				return err
			},
			"a destination": func() error {
				_, err := c.household.CreateDestination(ctx, &familiesv1.CreateDestinationRequest{Parent: name, Destination: newDestination()})
				return err
			},
			"a request": func() error {
				_, err := c.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: newRequest()})
				return err
			},
		} {
			refused(t, fmt.Sprintf("%s of a family that is %s", what, state), add(), "FAMILY_CLOSED")
		}
		if after := b.count(everything); after != before {
			t.Errorf("%s: %d rows became %d", state, before, after)
		}
	}
}
