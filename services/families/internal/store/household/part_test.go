package household_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// confirmations are all that one person confirms of what others have entered; each
// starts from a family of its own.
var confirmations = map[string]func(d *desk, person string) error{
	"a verification": func(d *desk, person string) error {
		_, err := d.store.DecideVerification(d.as(person), person, d.reviewed(person), verification.Confirmed, "")
		return err
	},
	"a rejection": func(d *desk, person string) error {
		_, err := d.store.DecideVerification(d.as(person), person, d.reviewed(person), verification.Rejected, "")
		return err
	},
	"a destination": func(d *desk, person string) error {
		account := d.account(d.family, "LT601010012345678901")
		d.enters(d.family, person)
		return d.confirm(person, d.family, account)
	},
	"a contact": func(d *desk, person string) error {
		contacts, err := d.store.Contacts(d.t.Context(), family.Scope{Person: owner}, d.family, page.Page{Size: 1})
		d.must(err)
		d.enters(d.family, person)
		if _, err = d.store.CallContact(d.as(person), person, d.family, contacts[0].One.ID); err != nil {
			return err
		}
		_, err = d.store.ConfirmContact(d.as(person), person, d.family, contacts[0].One.ID, "", family.Announcement{})
		return err
	},
	"a request": func(d *desk, person string) error {
		request := d.asked(d.family)
		d.enters(d.family, person)
		_, err := d.store.ApproveAidRequest(d.as(person), person, d.family, request, "")
		return err
	},
	"a refused request": func(d *desk, person string) error {
		request := d.asked(d.family)
		d.enters(d.family, person)
		_, err := d.store.RejectAidRequest(d.as(person), person, d.family, request, "DUPLICATE")
		return err
	},
	"a reinstatement": func(d *desk, person string) error {
		_, err := d.store.SuspendFamily(d.as(verifier), family.Scope{Person: verifier, All: true}, d.family, family.Doubt)
		d.must(err)
		d.enters(d.family, person)
		_, err = d.store.ReinstateFamily(d.as(person), family.Scope{Person: person, All: true}, d.family)
		return err
	},
}

// enters notes that a person has entered into a case, as they do who had it before.
func (d *desk) enters(familyID, person string) {
	d.t.Helper()
	d.statement(`INSERT INTO case_parts (family_id, person, part, last_on) VALUES ($1, $2, 'ENTERER', '2020-01-01')`, familyID, person)
}

// reviewed is a family whose verification was drawn to a person who has entered into it
// meanwhile.
func (d *desk) reviewed(person string) string {
	d.t.Helper()
	ctx, scope := d.as(owner), family.Scope{Person: owner}
	id, _ := d.registered()
	_, err := d.store.AddMember(ctx, scope, id, family.Member{FullName: "Somebody", BirthYear: 1980})
	d.must(err)
	_, err = d.store.AddContact(ctx, scope, id, family.Contact{Channel: "PHONE", Address: "+370 600 00000"})
	d.must(err)
	_, err = d.store.SubmitFamily(ctx, scope, id)
	d.must(err)
	_, err = d.store.ProposeVerification(ctx, scope, id, awake(person))
	d.must(err)
	d.enters(id, person)
	return id
}

func TestNobodyConfirmsInACaseThatTheyEnteredInto(t *testing.T) {
	t.Parallel()
	for what, confirm := range confirmations {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t).payable()
			if err := confirm(d, "staff/s_enterer"); !fault.Is(err, "SAME_PERSON") {
				t.Errorf("confirmed: %v", err)
			}
			// Without what keeps them out they would have.
			d = newDesk(t).payable()
			d.store.Forget()
			for _, table := range []string{"verifications", "suspensions", "contacts", "destinations", "aid_requests"} {
				if _, err := postgrestest.Owner(t, d.db).Pool.Exec(t.Context(), `DROP TRIGGER `+table+`_outside_case ON `+table); err != nil {
					t.Fatal(err)
				}
			}
			if err := confirm(d, "staff/s_enterer"); err != nil {
				t.Errorf("with the protection off: %v", err)
			}
		})
	}
}
