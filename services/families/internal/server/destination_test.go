package server_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
)

// forms are a destination of each form, written as it is stored.
func forms() map[familiesv1.DestinationForm]*familiesv1.Destination {
	local := &familiesv1.BankAccount{
		AccountHolder: "Maryja Prydumanaja", CountryCode: "AM", Town: "Yerevan",
		Number: &familiesv1.BankAccount_Local{Local: &familiesv1.LocalAccount{CountryCode: "AM", Bank: "Made-up Bank", Number: "1150012345"}},
	}
	return map[familiesv1.DestinationForm]*familiesv1.Destination{
		familiesv1.DestinationForm_DESTINATION_FORM_BANK_ACCOUNT: {Details: &familiesv1.Destination_BankAccount{BankAccount: local}},
		familiesv1.DestinationForm_DESTINATION_FORM_WALLET:       newWallet(),
		familiesv1.DestinationForm_DESTINATION_FORM_COLLECTOR: {Details: &familiesv1.Destination_Collector{Collector: &familiesv1.Collector{
			FullName: "Maryja Prydumanaja", CountryCode: "GE", Town: "Tbilisi",
		}}},
		familiesv1.DestinationForm_DESTINATION_FORM_PAYEE: {Details: &familiesv1.Destination_Payee{Payee: &familiesv1.Payee{
			PayeeName: "Made-up Lawyers", CountryCode: "BY", BillReference: "2026/17", Account: local,
		}}},
		familiesv1.DestinationForm_DESTINATION_FORM_PARCEL: {Details: &familiesv1.Destination_Parcel{Parcel: &familiesv1.Parcel{
			Recipient: "Maryja Prydumanaja", Address: "Made-up street 1", CountryCode: "BY",
			Items: []*familiesv1.Parcel_Item{{Description: "tea", Quantity: 2}, {Description: "socks", Quantity: 3}},
		}}},
	}
}

func TestEachFormIsReleasedAsItWasEntered(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	entered := forms()
	if n := len(familiesv1.DestinationForm_name) - 1; len(entered) != n {
		t.Fatalf("%d forms of %d are tried", len(entered), n)
	}
	// Given a family with a destination of each form,
	for form, d := range entered {
		if made := b.destination(name, d); made.GetForm() != form || made.GetDetails() != nil {
			t.Errorf("%s is answered as %v", form, made)
		}
	}
	b.clock.pass(48 * time.Hour)
	for form, d := range entered {
		// when a plan of a rail that takes this form alone is paid,
		r := b.newRelease(name)
		r.Payment, r.Forms = "payments/y_"+form.String(), []*familiesv1.AcceptedForm{{Form: form}}
		released, err := b.disbursements().release.ReleaseDestination(ctx, b.inPlan(r))
		must(t, err)
		// then the money goes where that says.
		got := released.GetDestination().ProtoReflect()
		what := got.WhichOneof(got.Descriptor().Oneofs().ByName("details"))
		sent := d.ProtoReflect()
		want := sent.Get(sent.Descriptor().Fields().ByName(what.Name())).Message().Interface()
		if diff := cmp.Diff(want, got.Get(what).Message().Interface(), protocmp.Transform()); diff != "" {
			t.Errorf("%s (-entered +released):\n%s", form, diff)
		}
	}
	// Whoever may unseal the family sees them all.
	u, err := b.caseworker(olga).families.UnsealFamily(ctx, &familiesv1.UnsealFamilyRequest{Name: name, Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_CONTACT})
	must(t, err)
	for _, d := range u.GetDestinations() {
		if d.GetState() != familiesv1.DestinationState_DESTINATION_STATE_CONFIRMED {
			continue
		}
		want := entered[d.GetForm()]
		d.Name, d.Form, d.State, d.Enterer, d.Confirmer, d.UsableTime, d.CreateTime = "", 0, 0, "", "", nil, nil
		d.AllowedActions, d.BlockedActions = nil, nil
		if diff := cmp.Diff(want, d, protocmp.Transform()); diff != "" {
			t.Errorf("unsealed (-entered +unsealed):\n%s", diff)
		}
	}
}

func TestAnotherFormIsAChangeThatCoolsOff(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	b.destination(name, newWallet())
	r := b.newRelease(name)
	r.Forms = []*familiesv1.AcceptedForm{{Form: familiesv1.DestinationForm_DESTINATION_FORM_WALLET}}
	_, err := b.disbursements().release.ReleaseDestination(ctx, b.inPlan(r))
	refused(t, "a fresh wallet paid", err, "DESTINATION_COOLING_OFF")
	// The account stands beside it, as it did.
	_, err = b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	must(t, err)
}

func TestWhoPlansLearnsWhichFormsARailDoesNotTake(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	account, foreign, none := b.verified(), b.anotherVerified(), b.anotherVerified()
	b.destination(foreign, newAccount("BY20 OLMP 3135 0000 0010 0000 0933", "Minsk"))
	if _, err := b.db.Pool.Exec(ctx, `UPDATE destinations SET state = 'PENDING', confirmer = NULL, usable_at = NULL WHERE family_id = $1`,
		none[len("families/"):]); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		forms []*familiesv1.AcceptedForm
		want  []string
	}{
		"SEPA":          {sepaForms(), []string{"", "FORM_NOT_TAKEN", "NO_DESTINATION"}},
		"every account": {[]*familiesv1.AcceptedForm{{Form: familiesv1.DestinationForm_DESTINATION_FORM_BANK_ACCOUNT}}, []string{"", "", "NO_DESTINATION"}},
		"cash":          {[]*familiesv1.AcceptedForm{{Form: familiesv1.DestinationForm_DESTINATION_FORM_COLLECTOR}}, []string{"FORM_NOT_TAKEN", "FORM_NOT_TAKEN", "NO_DESTINATION"}},
	} {
		resp, err := b.disbursements().release.DigestDestinations(ctx, &familiesv1.DigestDestinationsRequest{
			Forms: c.forms, Families: []string{account, foreign, none},
		})
		must(t, err)
		for i, place := range resp.GetPlaces() {
			if place.GetReason() != c.want[i] || (len(place.GetDigest()) == 0) != (c.want[i] != "") {
				t.Errorf("%s, family %d: %v", name, i, place)
			}
		}
	}
	for field, forms := range map[string][]*familiesv1.AcceptedForm{
		"forms": nil, "forms[0].form": {{}}, "forms[1].form": append(sepaForms(), sepaForms()...),
		"forms[0].schemes[0]": {{Form: familiesv1.DestinationForm_DESTINATION_FORM_WALLET, Schemes: []familiesv1.DestinationScheme{99}}},
	} {
		_, err := b.disbursements().release.DigestDestinations(ctx, &familiesv1.DigestDestinationsRequest{Forms: forms, Families: []string{account}})
		violates(t, field, err, field)
	}
}

func TestEachNetworkOfWalletsIsASchemeOfTheSameName(t *testing.T) {
	t.Parallel()
	for n := range familiesv1.WalletNetwork_name {
		word := enum.Word(familiesv1.WalletNetwork(n))
		if n != 0 && enum.Value[familiesv1.DestinationScheme](word) == 0 {
			t.Errorf("%s is no scheme", word)
		}
	}
}

// markedForms are destinations all of whose words are marks.
func markedForms() []*familiesv1.Destination {
	local := &familiesv1.BankAccount{
		AccountHolder: markHolder, CountryCode: markCountry, Town: markTown,
		Number: &familiesv1.BankAccount_Local{Local: &familiesv1.LocalAccount{CountryCode: markCountry, Bank: markHolder, Number: markNumber}},
	}
	return []*familiesv1.Destination{
		{Details: &familiesv1.Destination_Wallet{Wallet: &familiesv1.Wallet{
			Network: familiesv1.WalletNetwork_WALLET_NETWORK_BITCOIN, Address: markWallet,
		}}},
		{Details: &familiesv1.Destination_Collector{Collector: &familiesv1.Collector{FullName: markHolder, CountryCode: markCountry, Town: markTown}}},
		{Details: &familiesv1.Destination_Payee{Payee: &familiesv1.Payee{
			PayeeName: markHolder, CountryCode: markCountry, BillReference: markNumber, Account: local,
		}}},
		{Details: &familiesv1.Destination_Parcel{Parcel: &familiesv1.Parcel{
			Recipient: markHolder, Address: markTown, CountryCode: markCountry,
			Items: []*familiesv1.Parcel_Item{{Description: markThing, Quantity: 1}},
		}}},
	}
}
