package server_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestBadInputNamesItsFieldAndChangesNothing(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name, w := b.family(), b.caseworker(olga)
	before := b.count(everything)
	family := func(change func(f *familiesv1.Family)) error {
		f := newFamily("prisoners/pr_00000000000000000000000000")
		change(f)
		_, err := w.families.CreateFamily(ctx, &familiesv1.CreateFamilyRequest{Family: f})
		return err
	}
	member := func(change func(m *familiesv1.Member)) error {
		m := newMember()
		change(m)
		_, err := w.household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: name, Member: m})
		return err
	}
	contact := func(change func(m *familiesv1.Contact)) error {
		m := newContact()
		change(m)
		_, err := w.household.CreateContact(ctx, &familiesv1.CreateContactRequest{Parent: name, Contact: m})
		return err
	}
	consent := func(change func(m *familiesv1.Consent)) error {
		m := b.newConsent()
		change(m)
		_, err := w.household.CreateConsent(ctx, &familiesv1.CreateConsentRequest{Parent: name, Consent: m})
		return err
	}
	destination := func(change func(m *familiesv1.BankAccount)) error {
		m := newDestination()
		change(m.GetBankAccount())
		_, err := w.household.CreateDestination(ctx, &familiesv1.CreateDestinationRequest{Parent: name, Destination: m})
		return err
	}
	request := func(change func(m *familiesv1.AidRequest)) error {
		m := newRequest()
		change(m)
		_, err := w.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: m})
		return err
	}
	tomorrow := time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	for _, c := range []struct {
		field string
		err   error
	}{
		{"prisoner", family(func(*familiesv1.Family) {})},
		{"countryCode", family(func(f *familiesv1.Family) { f.CountryCode = "lt" })},
		{"alteredCodeRule", family(func(f *familiesv1.Family) { f.AlteredCodeRule = 99 })},
		{"fullName", member(func(m *familiesv1.Member) { m.FullName = " " })},
		{"relationship", member(func(m *familiesv1.Member) { m.Relationship = 0 })},
		{"birthYear", member(func(m *familiesv1.Member) { m.BirthYear = 1800 })},
		{"channel", contact(func(m *familiesv1.Contact) { m.Channel = 0 })},
		{"address", contact(func(m *familiesv1.Contact) { m.Address = "" })},
		{"language", contact(func(m *familiesv1.Contact) { m.Language = "Belarusian" })},
		{"purpose", consent(func(m *familiesv1.Consent) { m.Purpose = 0 })},
		{"givenOn", consent(func(m *familiesv1.Consent) { m.GivenOn = tomorrow })},
		{"expiresOn", consent(func(m *familiesv1.Consent) { m.ExpiresOn = "2000-01-01" })},
		{"bankAccount.iban", destination(func(m *familiesv1.BankAccount) { m.Number = nil })},
		{"bankAccount.iban", destination(func(m *familiesv1.BankAccount) {
			m.Number = &familiesv1.BankAccount_Iban{Iban: "LT12 1000 0111 0100 1001"}
		})},
		{"bankAccount.bic", destination(func(m *familiesv1.BankAccount) { m.Bic = "BANK" })},
		{"bankAccount.accountHolder", destination(func(m *familiesv1.BankAccount) { m.AccountHolder = "" })},
		{"bankAccount.countryCode", destination(func(m *familiesv1.BankAccount) { m.CountryCode = "" })},
		{"bankAccount.town", destination(func(m *familiesv1.BankAccount) { m.Town = "" })},
		{"category", request(func(m *familiesv1.AidRequest) { m.Category = 0 })},
		{"urgency", request(func(m *familiesv1.AidRequest) { m.Urgency = 77 })},
		{"amount", request(func(m *familiesv1.AidRequest) { m.Amount = nil })},
		{"amount.minorUnits", request(func(m *familiesv1.AidRequest) { m.Amount = postingtest.Money(-1) })},
		{"amount.currencyCode", request(func(m *familiesv1.AidRequest) { m.Amount.CurrencyCode = "BYR" })},
		{"minimum.minorUnits", request(func(m *familiesv1.AidRequest) { m.Minimum = postingtest.Money(999_00) })},
		{"minimum.currencyCode", request(func(m *familiesv1.AidRequest) { m.Minimum = postingtest.Money(1); m.Minimum.CurrencyCode = "PLN" })},
		{"cycles", request(func(m *familiesv1.AidRequest) { m.Cycles = 25 })},
	} {
		violates(t, c.field, c.err, c.field)
	}
	if after := b.count(everything); after != before {
		t.Errorf("%d rows became %d", before, after)
	}
}

// everything counts the rows that bad input could have added.
const everything = `SELECT (SELECT count(*) FROM families) + (SELECT count(*) FROM members) + (SELECT count(*) FROM contacts)
	+ (SELECT count(*) FROM consents) + (SELECT count(*) FROM destinations) + (SELECT count(*) FROM aid_requests)
	+ (SELECT count(*) FROM entries) + (SELECT count(*) FROM idempotency_keys)`

func TestWhatOneEntersAnotherConfirms(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.family()
	c := b.caseworker(olga)
	d, err := c.household.CreateDestination(ctx, &familiesv1.CreateDestinationRequest{Parent: name, Destination: newDestination()})
	must(t, err)
	confirm := func(who clients, spoken bool) (*familiesv1.Destination, error) {
		req := enteredAnew(d.GetName(), newDestination())
		req.SpokenWithFamily = spoken
		return who.household.ConfirmDestination(ctx, req)
	}
	_, err = confirm(b.verifier(olga), true)
	refused(t, "the enterer confirms", err, "SAME_PERSON")
	_, err = confirm(b.verifier(egor), false)
	violates(t, "confirmed without a call", err, "spokenWithFamily")
	_, err = confirm(b.verifier(egor), true)
	refused(t, "confirmed by who has not called", err, "NOT_CALLED")
	d, err = b.hears(b.verifier(egor), d.GetName(), newDestination())
	must(t, err)
	if d.GetState() != familiesv1.DestinationState_DESTINATION_STATE_CONFIRMED || d.GetConfirmer() != egor || d.GetBankAccount() != nil {
		t.Errorf("destination is %v", d)
	}
	_, err = confirm(b.verifier(dina), true)
	refused(t, "confirmed twice", err, "ILLEGAL_STATE")

	contacts, err := c.household.ListContacts(ctx, &familiesv1.ListContactsRequest{Parent: name})
	must(t, err)
	contact := &familiesv1.ConfirmContactRequest{Name: contacts.GetContacts()[0].GetName(), SpokenWithFamily: true}
	_, err = b.verifier(olga).household.ConfirmContact(ctx, contact)
	refused(t, "the enterer confirms a contact", err, "SAME_PERSON")
	confirmed, err := b.confirmsContact(b.verifier(egor), contact)
	must(t, err)
	if confirmed.GetState() != familiesv1.ContactState_CONTACT_STATE_CONFIRMED {
		t.Errorf("contact is %v", confirmed)
	}
}

func TestListsAreReadPageByPageAndTellNothingPersonal(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name, c := b.family(), b.caseworker(olga)
	for range 4 {
		_, err := c.household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: name, Member: newMember()})
		must(t, err)
	}
	seen, token := map[string]bool{}, ""
	for pages := 1; ; pages++ {
		page, err := c.household.ListMembers(ctx, &familiesv1.ListMembersRequest{Parent: name, PageSize: 2, PageToken: token})
		must(t, err)
		for _, m := range page.GetMembers() {
			seen[m.GetName()] = true
			if m.GetFullName() != "" || m.GetBirthYear() != 0 || m.GetRelationship() != 0 {
				t.Errorf("a list tells %v", m)
			}
		}
		if token = page.GetNextPageToken(); token == "" {
			if pages != 3 {
				t.Errorf("%d pages of 2 for 5 members", pages)
			}
			break
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d members seen, want 5", len(seen))
	}
}

func TestARepeatedCallHasOneEffect(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	c := b.caseworker(olga)
	create := &familiesv1.CreateFamilyRequest{Family: newFamily(b.aPrisoner()), RequestId: "5a3ad1a7-6f0d-4b2c-9c62-0f9c6d3a9a11"}
	first, err := c.families.CreateFamily(ctx, create)
	must(t, err)
	second, err := c.families.CreateFamily(ctx, create)
	must(t, err)
	if !proto.Equal(first, second) {
		t.Errorf("first %v, second %v", first, second)
	}
	create.Family.CountryCode = "PL"
	_, err = c.families.CreateFamily(ctx, create)
	refused(t, "another family with the same key", err, "IDEMPOTENCY_KEY_REUSED")
	if n := b.count("SELECT count(*) FROM families"); n != 1 {
		t.Errorf("%d families", n)
	}
}
