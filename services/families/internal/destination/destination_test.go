package destination_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestMoneyFollowsAChangeWhenItHasCooledOff(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	if at := destination.UsableAt(now, true, time.Hour); !at.Equal(now) {
		t.Errorf("the first destination waits until %v", at)
	}
	changed := destination.Destination{UsableAt: destination.UsableAt(now, false, time.Hour)}
	if err := destination.CheckUsable(changed, now.Add(time.Hour-1)); !fault.Is(err, "DESTINATION_COOLING_OFF") {
		t.Errorf("too early: %v", err)
	}
	if err := destination.CheckUsable(changed, now.Add(time.Hour)); err != nil {
		t.Errorf("in time: %v", err)
	}
}

func TestARailPaysToTheFormThatItLikesBest(t *testing.T) {
	t.Parallel()
	account := destination.Destination{ID: "de_account", Form: destination.FormBankAccount}
	cash := destination.Destination{ID: "de_cash", Form: destination.FormCollector}
	accepts := func(forms ...destination.Form) (list []destination.Accepted) {
		for _, f := range forms {
			list = append(list, destination.Accepted{Form: f})
		}
		return list
	}
	for _, c := range []struct {
		name      string
		confirmed []destination.Destination
		accepted  []destination.Accepted
		id        string
		reason    fault.Reason
	}{
		{"none", nil, accepts(destination.FormBankAccount), "", "NO_DESTINATION"},
		{"another form", []destination.Destination{account}, accepts(destination.FormWallet), "", "FORM_NOT_TAKEN"},
		{"the only one", []destination.Destination{cash}, accepts(destination.FormBankAccount, destination.FormCollector), "de_cash", ""},
		{"the first that it names", []destination.Destination{account, cash}, accepts(destination.FormCollector, destination.FormBankAccount), "de_cash", ""},
		{"and otherwise", []destination.Destination{account, cash}, accepts(destination.FormBankAccount, destination.FormCollector), "de_account", ""},
	} {
		d, err := destination.Choose(c.confirmed, c.accepted)
		if c.reason == "" && err != nil || c.reason != "" && !fault.Is(err, c.reason) || d.ID != c.id {
			t.Errorf("%s: %s, %v", c.name, d.ID, err)
		}
	}
}

func TestARailTakesTheSchemesThatItNames(t *testing.T) {
	t.Parallel()
	details := map[destination.Scheme]destination.Details{
		destination.SchemeSEPA:  {BankAccount: &destination.BankAccount{IBAN: "LT121000011101001000"}},
		destination.SchemeIBAN:  {BankAccount: &destination.BankAccount{IBAN: "BY20OLMP31350000001000000933"}},
		destination.SchemeLocal: {BankAccount: &destination.BankAccount{Local: &destination.Local{Number: "1"}}},
		"BITCOIN":               {Wallet: &destination.Wallet{Network: "BITCOIN"}},
		"ETHEREUM":              {Wallet: &destination.Wallet{Network: "ETHEREUM"}},
		"":                      {Collector: &destination.Collector{}},
	}
	for scheme, d := range details {
		if d.Scheme() != scheme {
			t.Errorf("%q is %q", scheme, d.Scheme())
		}
		if err := destination.CheckTaken(d, []destination.Accepted{{Form: d.Form()}}); err != nil {
			t.Errorf("%q of a form that is taken whole: %v", scheme, err)
		}
		for other := range details {
			err := destination.CheckTaken(d, []destination.Accepted{{Form: d.Form(), Schemes: []destination.Scheme{other}}})
			if (err == nil) != (other == scheme) {
				t.Errorf("%q where %q is taken: %v", scheme, other, err)
			}
		}
	}
}

func TestWhatACallerSaysThatItsRailTakesIsChecked(t *testing.T) {
	t.Parallel()
	account := destination.Accepted{Form: destination.FormBankAccount}
	for field, forms := range map[string][]destination.Accepted{
		"forms": nil, "forms[1].form": {account, account},
	} {
		f := fault.As(destination.CheckAccepted(forms))
		if f == nil || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, f)
		}
	}
	if err := destination.CheckAccepted([]destination.Accepted{account, {Form: destination.FormWallet}}); err != nil {
		t.Error(err)
	}
}

// TestTheDigestOfADetailIsMadeOverTheseBytes pins what people sign: bytes that change
// would void what is confirmed.
func TestTheDigestOfADetailIsMadeOverTheseBytes(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]destination.Details{
		"BANK_ACCOUNT\n" + `{"bankAccount":{"accountHolder":"A B","iban":"LT121000011101001000","bic":"HABALT22","country":"LT","town":"Vilnius"}}`: {
			BankAccount: &destination.BankAccount{AccountHolder: "A B", IBAN: "LT121000011101001000", BIC: "HABALT22", Country: "LT", Town: "Vilnius"},
		},
		"BANK_ACCOUNT\n" + `{"bankAccount":{"accountHolder":"A B","local":{"country":"GE","bank":"C","number":"12"},"country":"GE","town":"D"}}`: {
			BankAccount: &destination.BankAccount{AccountHolder: "A B", Local: &destination.Local{Country: "GE", Bank: "C", Number: "12"}, Country: "GE", Town: "D"},
		},
		"WALLET\n" + `{"wallet":{"network":"BITCOIN","address":"bc1"}}`: {Wallet: &destination.Wallet{Network: "BITCOIN", Address: "bc1"}},
		"COLLECTOR\n" + `{"collector":{"fullName":"A","country":"GE","town":"D"}}`: {
			Collector: &destination.Collector{FullName: "A", Country: "GE", Town: "D"},
		},
		"PAYEE\n" + `{"payee":{"name":"A","country":"GE","bill":"7"}}`: {Payee: &destination.Payee{Name: "A", Country: "GE", Bill: "7"}},
		"PARCEL\n" + `{"parcel":{"recipient":"A","address":"B","country":"BY","items":[{"description":"tea","quantity":2}]}}`: {
			Parcel: &destination.Parcel{Recipient: "A", Address: "B", Country: "BY", Items: []destination.Item{{Description: "tea", Quantity: 2}}},
		},
	} {
		if got, err := d.Canonical(); err != nil || string(got) != want {
			t.Errorf("%s, want %s (%v)", got, want, err)
		}
	}
}
