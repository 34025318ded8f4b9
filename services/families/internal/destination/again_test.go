package destination_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
)

// folded checks details as they are when they are entered, and folds them.
func folded(t *testing.T, d destination.Details) destination.Details {
	t.Helper()
	checked, err := destination.Check(d)
	if err != nil {
		t.Fatal(err)
	}
	return checked.Folded()
}

func TestWhoHeardTheSameEntersTheSame(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string]struct {
		form  destination.Form
		spoil func(d *destination.Details)
	}{
		"capitals and spaces":  {destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.AccountHolder = "МАРЫЯ  прыдуманая" }},
		"an IBAN in groups":    {destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.IBAN = "LT121000011101001000" }},
		"without the BIC":      {destination.FormBankAccount, func(d *destination.Details) { d.BankAccount.BIC = "" }},
		"a town in capitals":   {destination.FormCollector, func(d *destination.Details) { d.Collector.Town = "TBILISI" }},
		"a wallet in capitals": {destination.FormWallet, func(d *destination.Details) { d.Wallet.Address = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" }},
		"a payee's account":    {destination.FormPayee, func(d *destination.Details) { d.Payee.Account.IBAN = "lt121000011101001000" }},
		"things in a parcel":   {destination.FormParcel, func(d *destination.Details) { d.Parcel.Items[0].Description = "Tea" }},
	} {
		first, again := details()[typed.form], details()[typed.form]
		typed.spoil(&again)
		if diff := cmp.Diff(folded(t, first), folded(t, again)); diff != "" {
			t.Errorf("%s (-entered +entered anew):\n%s", name, diff)
		}
	}
}

func TestWhoHeardSomethingElseEntersSomethingElse(t *testing.T) {
	t.Parallel()
	bank := func(spoil func(b *destination.BankAccount)) func(d *destination.Details) {
		return func(d *destination.Details) { spoil(d.BankAccount) }
	}
	abroad := func(b *destination.BankAccount) { b.IBAN = "BY20OLMP31350000001000000933" }
	for name, c := range map[string]struct {
		form         destination.Form
		given, spoil func(d *destination.Details)
	}{
		"another number":      {destination.FormBankAccount, nil, bank(func(b *destination.BankAccount) { b.IBAN = "LT601010012345678901" })},
		"another holder":      {destination.FormBankAccount, nil, bank(func(b *destination.BankAccount) { b.AccountHolder = "Іван Прыдуманы" })},
		"another town":        {destination.FormBankAccount, nil, bank(func(b *destination.BankAccount) { b.Town = "Kaunas" })},
		"another country":     {destination.FormBankAccount, nil, bank(func(b *destination.BankAccount) { b.Country = "LV" })},
		"a local number":      {destination.FormBankAccount, nil, func(d *destination.Details) { d.BankAccount = local() }},
		"another bank abroad": {destination.FormBankAccount, bank(abroad), bank(func(b *destination.BankAccount) { abroad(b); b.BIC = "DEUTDEFF" })},
		"another local bank": {
			destination.FormBankAccount, func(d *destination.Details) { d.BankAccount = local() },
			func(d *destination.Details) { d.BankAccount = local(); d.BankAccount.Local.Bank = "Another Bank" },
		},
		"another wallet":    {destination.FormWallet, nil, func(d *destination.Details) { d.Wallet.Address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" }},
		"another collector": {destination.FormCollector, nil, func(d *destination.Details) { d.Collector.FullName = "Іван Прыдуманы" }},
		"another bill":      {destination.FormPayee, nil, func(d *destination.Details) { d.Payee.Bill = "2026/18" }},
		"no account":        {destination.FormPayee, nil, func(d *destination.Details) { d.Payee.Account = nil }},
		"more of a thing":   {destination.FormParcel, nil, func(d *destination.Details) { d.Parcel.Items[0].Quantity++ }},
		"another street":    {destination.FormParcel, nil, func(d *destination.Details) { d.Parcel.Address = "Made-up street 2, Minsk" }},
		"another form":      {destination.FormCollector, nil, func(d *destination.Details) { *d = details()[destination.FormParcel] }},
	} {
		first, again := details()[c.form], details()[c.form]
		if c.given != nil {
			c.given(&first)
		}
		c.spoil(&again)
		if cmp.Equal(folded(t, first), folded(t, again)) {
			t.Errorf("%s is taken for what was entered", name)
		}
	}
}
