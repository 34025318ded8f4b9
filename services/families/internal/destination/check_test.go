package destination_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func account() *destination.BankAccount {
	return &destination.BankAccount{
		AccountHolder: "Марыя Прыдуманая", IBAN: "lt12 1000 0111 0100 1000", BIC: "habalt22", Country: "LT", Town: "Vilnius",
	}
}

func local() *destination.BankAccount {
	a := account()
	a.IBAN, a.Local = "", &destination.Local{Country: "AM", Bank: "Made-up Bank", Number: "11500 12345-a"}
	return a
}

func details() map[destination.Form]destination.Details {
	return map[destination.Form]destination.Details{
		destination.FormBankAccount: {BankAccount: account()},
		destination.FormWallet:      {Wallet: &destination.Wallet{Network: "BITCOIN", Address: "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"}},
		destination.FormCollector:   {Collector: &destination.Collector{FullName: "Марыя Прыдуманая", Country: "GE", Town: "Tbilisi"}},
		destination.FormPayee:       {Payee: &destination.Payee{Name: "Made-up Lawyers", Country: "BY", Bill: "2026/17", Account: account()}},
		destination.FormParcel: {Parcel: &destination.Parcel{
			Recipient: "Марыя Прыдуманая", Address: "Made-up street 1, Minsk", Country: "BY", Items: []destination.Item{{Description: "tea", Quantity: 2}},
		}},
	}
}

func TestDetailsAreStoredAsTheyAreWrittenThere(t *testing.T) {
	t.Parallel()
	for form, d := range details() {
		if got, err := destination.Check(d); err != nil || got.Form() != form {
			t.Errorf("%s: %+v, %v", form, got, err)
		}
	}
	d, err := destination.Check(destination.Details{BankAccount: account()})
	if err != nil || d.BankAccount.IBAN != "LT121000011101001000" || d.BankAccount.BIC != "HABALT22" {
		t.Errorf("an account: %+v, %v", d.BankAccount, err)
	}
	d, err = destination.Check(destination.Details{BankAccount: local()})
	if err != nil || d.BankAccount.Local.Number != "1150012345-A" {
		t.Errorf("a local account: %+v, %v", d.BankAccount, err)
	}
	d, err = destination.Check(details()[destination.FormWallet])
	if err != nil || d.Wallet.Address != "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" {
		t.Errorf("a wallet: %+v, %v", d.Wallet, err)
	}
	d, err = destination.Check(details()[destination.FormPayee])
	if err != nil || d.Payee.Account.IBAN != "LT121000011101001000" {
		t.Errorf("a payee: %+v, %v", d.Payee, err)
	}
	foreign := account()
	foreign.IBAN = "BY20OLMP31350000001000000933"
	if _, err := destination.Check(destination.Details{BankAccount: foreign}); err != nil {
		t.Errorf("an IBAN outside SEPA: %v", err)
	}
}

func TestWhatNobodyTakesIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 71)
	for _, c := range []struct {
		field string
		form  destination.Form
		spoil func(d *destination.Details)
	}{
		{"bankAccount", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount = nil }},
		{"bankAccount.iban", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.IBAN = "" }},
		{"bankAccount.iban", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.IBAN = "LT12 1000 0111 0100 1001" }},
		{"bankAccount.bic", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.BIC = "HABALT2" }},
		{"bankAccount.bic", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.BIC = "12345678" }},
		{"bankAccount.accountHolder", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.AccountHolder = "two\nlines" }},
		{"bankAccount.accountHolder", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.AccountHolder = long }},
		{"bankAccount.countryCode", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.Country = "Lithuania" }},
		{"bankAccount.town", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.Town = " " }},
		{"bankAccount.local.countryCode", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount = local(); d.BankAccount.Local.Country = "XX" }},
		{"bankAccount.local.bank", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount = local(); d.BankAccount.Local.Bank = "" }},
		{"bankAccount.local.number", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount = local(); d.BankAccount.Local.Number = "12" }},
		{"bankAccount.local.number", destination.FormBankAccount, func(d *destination.Details) { d.BankAccount = local(); d.BankAccount.Local.Number = "12_34" }},
		{"wallet.network", destination.FormWallet, func(d *destination.Details) { d.Wallet.Network = "" }},
		{"wallet.address", destination.FormWallet, func(d *destination.Details) { d.Wallet.Address = "bc1q" }},
		{"collector.fullName", destination.FormCollector, func(d *destination.Details) { d.Collector.FullName = "M" }},
		{"collector.countryCode", destination.FormCollector, func(d *destination.Details) { d.Collector.Country = "" }},
		{"collector.town", destination.FormCollector, func(d *destination.Details) { d.Collector.Town = "" }},
		{"payee.payeeName", destination.FormPayee, func(d *destination.Details) { d.Payee.Name = long }},
		{"payee.countryCode", destination.FormPayee, func(d *destination.Details) { d.Payee.Country = "by" }},
		{"payee.billReference", destination.FormPayee, func(d *destination.Details) { d.Payee.Bill = "" }},
		{"payee.account.iban", destination.FormPayee, func(d *destination.Details) { d.Payee.Account.IBAN = "LT1" }},
		{"parcel.recipient", destination.FormParcel, func(d *destination.Details) { d.Parcel.Recipient = "" }},
		{"parcel.address", destination.FormParcel, func(d *destination.Details) { d.Parcel.Address = "home" }},
		{"parcel.countryCode", destination.FormParcel, func(d *destination.Details) { d.Parcel.Country = "" }},
		{"parcel.items", destination.FormParcel, func(d *destination.Details) { d.Parcel.Items = nil }},
		{"parcel.items", destination.FormParcel, func(d *destination.Details) { d.Parcel.Items = make([]destination.Item, 21) }},
		{"parcel.items[0].description", destination.FormParcel, func(d *destination.Details) { d.Parcel.Items[0].Description = "" }},
		{"parcel.items[0].quantity", destination.FormParcel, func(d *destination.Details) { d.Parcel.Items[0].Quantity = 0 }},
	} {
		d := details()[c.form]
		c.spoil(&d)
		_, err := destination.Check(d)
		if f := fault.As(err); f == nil || len(f.Violations) == 0 || f.Violations[0].Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
}

// What no payment file can carry is refused while the family can still be asked.
func TestANameThatNoFileCarriesIsRefusedWhenItIsTyped(t *testing.T) {
	t.Parallel()
	spoiled := func(spoil func(b *destination.BankAccount), b *destination.BankAccount) error {
		spoil(b)
		_, err := destination.Check(destination.Details{BankAccount: b})
		return err
	}
	for name, test := range map[string]struct {
		spoil func(b *destination.BankAccount)
		field string
	}{
		"a Georgian name":  {func(b *destination.BankAccount) { b.AccountHolder = "მარიამი" }, "bankAccount.accountHolder"},
		"an Armenian town": {func(b *destination.BankAccount) { b.Town = "Երևան" }, "bankAccount.town"},
		"signs alone":      {func(b *destination.BankAccount) { b.AccountHolder = "ь ь" }, "bankAccount.accountHolder"},
	} {
		err := spoiled(test.spoil, account())
		if f := fault.As(err); f == nil || f.Violations[0].Field != test.field {
			t.Errorf("%s: %v, want a violation of %s", name, err, test.field)
		}
		if err := spoiled(test.spoil, local()); err != nil { // no file carries a local account
			t.Errorf("%s of a local account: %v", name, err)
		}
	}
}
