package server_test

import (
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// entered is a family of olga's, verified, and an account that waits to be confirmed.
func (b *bench) entered() (family, destination string) {
	b.t.Helper()
	family = b.verified()
	d, err := b.caseworker(olga).household.CreateDestination(b.t.Context(), &familiesv1.CreateDestinationRequest{Parent: family, Destination: newDestination()})
	must(b.t, err)
	return family, d.GetName()
}

func (b *bench) calls(who clients, name string) (*familiesv1.CallDestinationResponse, error) {
	return who.household.CallDestination(b.t.Context(), &familiesv1.CallDestinationRequest{Name: name})
}

func TestWhoConfirmsIsShownTheChannelOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// Given an account that olga has entered,
	_, name := b.entered()
	_, err := b.calls(b.verifier(olga), name)
	refused(t, "who entered it calls", err, "SAME_PERSON")
	// when egor asks how the family is reached, it is shown to him, as what it is,
	call, err := b.calls(b.verifier(egor), name)
	must(t, err)
	if n := call.GetContacts(); len(n) != 1 || n[0].GetAddress() != newContact().GetAddress() || n[0].GetLanguage() != "be" {
		t.Errorf("shown is %v", call)
	}
	if n := b.count(`SELECT count(*) FROM access_records WHERE person = $1 AND purpose = 'CALL' AND read_at IS NOT NULL`, egor); n != 2 { // one in given
		t.Errorf("%d calls on record", n)
	}
	// and not once more, before three days have passed: then he cannot confirm any more.
	_, err = b.calls(b.verifier(egor), name)
	refused(t, "a second call", err, "CALLED_ALREADY")
	b.clock.pass(72 * time.Hour)
	_, err = b.verifier(egor).household.ConfirmDestination(t.Context(), enteredAnew(name, newDestination()))
	refused(t, "what was heard long ago", err, "NOT_CALLED")
	_, err = b.hears(b.verifier(egor), name, newDestination())
	must(t, err)
	_, err = b.calls(b.verifier(dina), name)
	refused(t, "about what is confirmed", err, "ILLEGAL_STATE")
	// Another's is not there.
	_, err = b.calls(b.verifier(egor), "families/f_00000000000000000000000000/destinations/de_00000000000000000000000000")
	if !fault.Is(err, "NOT_FOUND") {
		t.Errorf("a family that is not there: %v", err)
	}
}

func TestWhoHeardAnotherAccountConfirmsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	family, name := b.entered()
	who := b.verifier(egor)
	_, err := b.calls(who, name)
	must(t, err)
	try := func(heard *familiesv1.Destination) error {
		_, err := who.household.ConfirmDestination(t.Context(), enteredAnew(name, heard))
		return err
	}
	// Given that the confirmer types another account, or another form,
	violates(t, "nothing", try(&familiesv1.Destination{}), "bankAccount")
	violates(t, "a typing error", try(newAccount("LT12 1000 0111 0100 1001", "Vilnius")), "bankAccount.iban")
	first := try(newAccount("LT60 1010 0123 4567 8901", "Vilnius"))
	refused(t, "another account", first, "ENTERED_DIFFERENTLY")
	second := try(newWallet())
	refused(t, "another form", second, "ENTERED_DIFFERENTLY")
	// then it is not told what differs, nor can they see it,
	if first.Error() != second.Error() {
		t.Errorf("%q and %q", first, second)
	}
	// and the third time it has to be entered anew.
	refused(t, "another town", try(newAccount("LT12 1000 0111 0100 1000", "Kaunas")), "ENTERED_DIFFERENTLY")
	refused(t, "the right one, too late", try(newDestination()), "ILLEGAL_STATE")
	if void := b.destinationsOf(olga, family, "VOID", caseworkerRole); len(void) != 1 || void[0].GetName() != name {
		t.Errorf("void are %v", void)
	}
	b.destination(family, newDestination())
}

func TestWhoIsDrawnDoesNotSeeWhatWaitsToBeConfirmed(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.inReview()
	_, err := b.caseworker(olga).household.CreateDestination(ctx, &familiesv1.CreateDestinationRequest{Parent: name, Destination: newWallet()})
	must(t, err)
	seen := func(who clients) (open int) {
		u, err := who.families.UnsealFamily(ctx, &familiesv1.UnsealFamilyRequest{Name: name, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_VERIFICATION})
		must(t, err)
		for _, d := range u.GetDestinations() {
			if d.GetDetails() != nil {
				open++
			}
		}
		return open
	}
	if owner, drawn := seen(b.caseworker(olga)), seen(b.verifier(dina)); owner != 2 || drawn != 1 {
		t.Errorf("the owner sees %d of two, who was drawn %d", owner, drawn)
	}
}

// TestAnotherChannelDoesNotLeadToWhoTheFamilyNeverKnew changes channel and account at once,
// as who stole a case would.
func TestAnotherChannelDoesNotLeadToWhoTheFamilyNeverKnew(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	family, name := b.entered()
	channel := b.contactOf(family)
	_, err := b.confirmsContact(b.verifier(egor), &familiesv1.ConfirmContactRequest{Name: channel, SpokenWithFamily: true})
	must(t, err)
	// Given that the channel leads elsewhere since it was confirmed,
	const elsewhere = "+370 600 00007"
	_, err = b.caseworker(olga).household.UpdateContact(ctx, &familiesv1.UpdateContactRequest{Contact: &familiesv1.Contact{Name: channel, Address: elsewhere}})
	must(t, err)
	// when somebody calls about the account, then it is the old one that they are shown.
	call, err := b.calls(b.verifier(dina), name)
	must(t, err)
	if n := call.GetContacts(); len(n) != 1 || n[0].GetAddress() != newContact().GetAddress() {
		t.Errorf("shown is %v", n)
	}
	// Who confirms the new one sees both, and says what became of the old one.
	about, err := b.verifier(dina).household.CallContact(ctx, &familiesv1.CallContactRequest{Name: channel})
	must(t, err)
	if about.GetContact().GetAddress() != elsewhere || len(about.GetKnownContacts()) != 1 || about.GetKnownContacts()[0].GetAddress() != newContact().GetAddress() {
		t.Errorf("shown is %v", about)
	}
	confirm := &familiesv1.ConfirmContactRequest{Name: channel, SpokenWithFamily: true}
	_, err = b.verifier(dina).household.ConfirmContact(ctx, confirm)
	violates(t, "without a word about the old one", err, "announcedOnKnownChannel")

	// Where that is dead, it takes two people and seven days,
	confirm.KnownChannelsDead = true
	half, err := b.verifier(dina).household.ConfirmContact(ctx, confirm)
	must(t, err)
	if half.GetState() != familiesv1.ContactState_CONTACT_STATE_PENDING || half.GetFirstConfirmer() != dina {
		t.Errorf("after the first it is %v", half)
	}
	_, err = b.verifier(dina).household.ConfirmContact(ctx, confirm)
	refused(t, "the same person", err, "SAME_PERSON")
	_, err = b.confirmsContact(b.verifier(egor), confirm)
	refused(t, "the next day", err, "CHANNEL_WAITS")
	b.clock.pass(7 * 24 * time.Hour)
	// of whom an officer is one where no other verifier is awake.
	b.team.wakes(olga, caseworkerRole)
	b.team.wakes(egor)
	whole, err := b.confirmsContact(b.as(vera, officerRole), confirm)
	must(t, err)
	if whole.GetState() != familiesv1.ContactState_CONTACT_STATE_CONFIRMED || whole.GetConfirmer() != vera {
		t.Errorf("after the second it is %v", whole)
	}
	call, err = b.calls(b.verifier(dina), b.pendingOf(family))
	must(t, err)
	if n := call.GetContacts(); len(n) != 1 || n[0].GetAddress() != elsewhere {
		t.Errorf("then shown is %v", n)
	}
}

// pendingOf is another account of a family that waits to be confirmed.
func (b *bench) pendingOf(family string) string {
	b.t.Helper()
	d, err := b.caseworker(olga).household.CreateDestination(b.t.Context(), &familiesv1.CreateDestinationRequest{Parent: family, Destination: newWallet()})
	must(b.t, err)
	return d.GetName()
}

func TestAFamilyThatMustNotBeCalledIsNot(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	family, name := b.entered()
	_, err := b.caseworker(olga).household.UpdateContact(ctx, &familiesv1.UpdateContactRequest{Contact: &familiesv1.Contact{Name: b.contactOf(family), DoNotContact: true}})
	must(t, err)
	_, err = b.calls(b.verifier(dina), name)
	refused(t, "over a channel that must not be used", err, "NO_CHANNEL")
}
