package resource

import (
	"errors"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Any stands for the id of any parent, where a list reaches across them.
const Any = "-"

// Name is the form of the names of resources that stand alone, such as
// "families/{family}".
type Name string

// The resources that stand alone, by what holds them.
const (
	Staff Name = "staff/{staff}"

	Partner  Name = "partners/{partner}"
	Fund     Name = "funds/{fund}"
	Pledge   Name = "pledges/{pledge}"
	Donation Name = "donations/{donation}"

	DonationPolicy Name = "donationPolicies/{donation_policy}"

	StripeItem   Name = "stripeItems/{stripe_item}"
	BankGift     Name = "bankGifts/{bank_gift}"
	StripePayout Name = "stripePayouts/{stripe_payout}"

	Prisoner       Name = "prisoners/{prisoner}"
	PrisonerImport Name = "prisonerImports/{prisoner_import}"
	Family         Name = "families/{family}"
	FamilyPolicy   Name = "familyPolicies/{family_policy}"
	AccessRecord   Name = "accessRecords/{access_record}"

	AllocationRound Name = "allocationRounds/{allocation_round}"
	Award           Name = "awards/{award}"
	PaymentPlan     Name = "paymentPlans/{payment_plan}"
	Payment         Name = "payments/{payment}"
	Rail            Name = "rails/{rail}"
	Statement       Name = "statements/{statement}"
	UnmatchedLine   Name = "unmatchedLines/{unmatched_line}"
	Inquiry         Name = "inquiries/{inquiry}"

	Transaction Name = "ledger/transactions/{sequence}"
	Decision    Name = "ledger/decisions/{sequence}"
	Adjustment  Name = "ledger/adjustments/{adjustment}"
	Period      Name = "ledger/periods/{period}"
)

// ChildName is the form of the names of resources below another one, such as
// "families/{family}/aidRequests/{aid_request}".
type ChildName string

// The resources below others.
const (
	Grant      ChildName = "staff/{staff}/grants/{grant}"
	Engagement ChildName = "staff/{staff}/engagements/{engagement}"

	PartnerKey      ChildName = "partners/{partner}/keys/{key}"
	WebhookEndpoint ChildName = "partners/{partner}/webhookEndpoints/{webhook_endpoint}"
	WebhookDelivery ChildName = "partners/{partner}/webhookDeliveries/{webhook_delivery}"

	Checkout ChildName = "pledges/{pledge}/checkouts/{checkout}"
	Refund   ChildName = "donations/{donation}/refunds/{refund}"
	Dispute  ChildName = "donations/{donation}/disputes/{dispute}"

	StripePayoutLine ChildName = "stripePayouts/{stripe_payout}/lines/{line}"

	ImportRow   ChildName = "prisonerImports/{prisoner_import}/rows/{row}"
	ImportClash ChildName = "prisonerImports/{prisoner_import}/clashes/{clash}"
	Member      ChildName = "families/{family}/members/{member}"
	Contact     ChildName = "families/{family}/contacts/{contact}"
	Consent     ChildName = "families/{family}/consents/{consent}"
	Destination ChildName = "families/{family}/destinations/{destination}"
	AidRequest  ChildName = "families/{family}/aidRequests/{aid_request}"

	Allocation    ChildName = "allocationRounds/{allocation_round}/allocations/{allocation}"
	PolicyVersion ChildName = "policies/{policy}/versions/{version}"
	PaymentFile   ChildName = "paymentPlans/{payment_plan}/files/{file}"
	Attempt       ChildName = "payments/{payment}/attempts/{attempt}"
	Sender        ChildName = "rails/{rail}/senders/{sender}"
)

// Of returns the name of the resource with an id.
func (n Name) Of(id string) string { return fill(string(n), id) }

// ID reads the id out of a name; the fault of a name of another form names field.
func (n Name) ID(field, name string) (string, error) {
	ids, err := match(string(n), field, name)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// Cut reads the id out of a name that we have made ourselves; ok is false where it
// has another form.
func (n Name) Cut(name string) (id string, ok bool) {
	id, err := n.ID("name", name)
	return id, err == nil
}

// Value reads the id out of a name that a filter compares with; the error is a fixed
// sentence without the field's name.
func (n Name) Value(name string) (any, error) {
	id, ok := n.Cut(name)
	if !ok {
		return nil, errors.New("must be compared with a name of the form " + shown(string(n)))
	}
	return id, nil
}

// Of returns the name of the resource with an id below a parent with an id.
func (n ChildName) Of(parent, id string) string { return fill(string(n), parent, id) }

// IDs reads both ids out of a name; the fault of a name of another form names
// field.
func (n ChildName) IDs(field, name string) (parent, id string, err error) {
	ids, err := match(string(n), field, name)
	if err != nil {
		return "", "", err
	}
	return ids[0], ids[1], nil
}

// Value reads the last id out of a name that a filter compares with, as Name.Value does.
func (n ChildName) Value(name string) (any, error) {
	_, id, err := n.IDs("name", name)
	if err != nil {
		return nil, errors.New("must be compared with a name of the form " + shown(string(n)))
	}
	return id, nil
}

// fill puts ids in place of a form's variables.
func fill(form string, ids ...string) string {
	parts := strings.Split(form, "/")
	for i, p := range parts {
		if variable(p) {
			parts[i], ids = ids[0], ids[1:]
		}
	}
	return strings.Join(parts, "/")
}

// match reads the ids out of a name, in order. The fault of a name of another form
// names field.
func match(form, field, name string) ([]string, error) {
	want, got := strings.Split(form, "/"), strings.Split(name, "/")
	if len(want) != len(got) {
		return nil, mismatch(want, field)
	}
	var ids []string
	for i, w := range want {
		if variable(w) {
			ids = append(ids, got[i])
		}
		if variable(w) && !validID(got[i]) || !variable(w) && w != got[i] {
			return nil, mismatch(want, field)
		}
	}
	return ids, nil
}

// variable reports whether a part of a form stands for an id.
func variable(part string) bool { return strings.HasPrefix(part, "{") }

// mismatch is the fault of a name that is not of a form.
func mismatch(form []string, field string) error {
	return fault.Field(field, fault.FieldMalformed, "must be a resource name of the form "+shown(strings.Join(form, "/")))
}

// shown is a form with a star for each id.
func shown(form string) string {
	parts := strings.Split(form, "/")
	for i, p := range parts {
		if variable(p) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}
