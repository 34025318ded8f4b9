package manual_test

import (
	"context"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/manual"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// instruction pays 100.00 from a sender.
func instruction(sender string, to payment.Destination) payment.Instruction {
	return payment.Instruction{
		Sender: sender, Destination: to, Attempt: payment.Attempt{PaymentID: "y_1", Number: 1, EndToEndID: "E1", Minor: 10_000, Currency: "EUR"},
	}
}

// places are one of each form, by the sender that pays to it.
func places() map[string][]payment.Destination {
	local := &payment.BankAccount{
		Holder: "Янка", Country: "AM", Town: "Երևան", Local: &payment.LocalAccount{Country: "AM", Bank: "Made-up Bank", Number: "1150012345"},
	}
	return map[string][]payment.Destination{
		"main": {
			byan(), {BankAccount: local},
			{Payee: &payment.Payee{Name: "Made-up Lawyers", Country: "BY", Bill: "2026/17", Account: byan().BankAccount}},
			{Payee: &payment.Payee{Name: "Made-up Prison Shop", Country: "BY", Bill: "K-7"}},
			{Parcel: &payment.Parcel{Recipient: "Янка", Address: "Made-up street 1, Minsk", Country: "BY", Items: []payment.Item{{Description: "tea", Quantity: 2}}}},
		},
		"coins":    {{Wallet: &payment.Wallet{Network: "BITCOIN", Address: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}}},
		"exchange": {{Wallet: &payment.Wallet{Network: "ETHEREUM", Address: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}}},
		"courier":  {{Collector: &payment.Collector{FullName: "Янка", Country: "GE", Town: "Tbilisi"}}},
	}
}

func TestEachSenderPaysToItsFormsAndNoOthers(t *testing.T) {
	t.Parallel()
	// given a sender of each kind, and a place of each form
	ctx, r := context.Background(), manual.New(nil, nil, senders(t))
	for sender := range places() {
		for owner, list := range places() {
			for _, to := range list {
				// when it is asked to pay there
				err := r.Prepare(ctx, instruction(sender, to))
				// then it does so where the form is its own, and else refuses for good
				if (err == nil) != (sender == owner) || err != nil && !fault.OfKind(err, fault.Invalid) {
					t.Errorf("%s to %s: %v", sender, to.Form(), err)
				}
			}
		}
	}
}

func TestASheetSaysAllThatIsToBeDone(t *testing.T) {
	t.Parallel()
	b := outsideDesk(t)
	text := b.sheet(t, places()["main"]...)
	for _, want := range []string{
		"from: asset:bank:main\n", "payment: ", "amount: 100.01 EUR\n", "to: BANK_ACCOUNT\n", "iban: BY20OLMP31350000001000000933\n", "holder: Янка\n",
		"bank: Made-up Bank\n", "number: 1150012345\n", "to: PAYEE\n", "bill: 2026/17\n", "to: PARCEL\n", "item: 2 × tea\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the sheet lacks %q:\n%s", want, text)
		}
	}
}

func TestWhatPeopleCouldNotReadIsRefused(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), manual.New(nil, nil, senders(t))
	account := func(change func(a *payment.BankAccount)) payment.Destination {
		a := *byan().BankAccount
		change(&a)
		return payment.Destination{BankAccount: &a}
	}
	for name, test := range map[string]struct {
		sender string
		to     payment.Destination
	}{
		"no IBAN":                     {"main", account(func(a *payment.BankAccount) { a.IBAN = "" })},
		"a typing error":              {"main", account(func(a *payment.BankAccount) { a.IBAN = "BY20OLMP31350000001000000934" })},
		"no holder":                   {"main", account(func(a *payment.BankAccount) { a.Holder = " " })},
		"a name of two lines":         {"main", account(func(a *payment.BankAccount) { a.Holder = "Янка\niban: X" })},
		"letters from right to left":  {"main", account(func(a *payment.BankAccount) { a.Holder = "Янка\u202e" })},
		"a line separator":            {"main", account(func(a *payment.BankAccount) { a.Town = "Мінск\u2028" })},
		"bytes that are no text":      {"main", account(func(a *payment.BankAccount) { a.Town = "\xff" })},
		"a local account without one": {"main", account(func(a *payment.BankAccount) { a.Local = &payment.LocalAccount{Country: "AM"} })},
		"a wrong address":             {"coins", payment.Destination{Wallet: &payment.Wallet{Network: "BITCOIN", Address: "bc1q"}}},
		"another network":             {"coins", places()["exchange"][0]},
		"an empty parcel":             {"main", payment.Destination{Parcel: &payment.Parcel{Recipient: "A B", Address: "street", Country: "BY"}}},
		"nothing in a parcel":         {"main", payment.Destination{Parcel: &payment.Parcel{Recipient: "A B", Address: "street", Country: "BY", Items: []payment.Item{{Description: "tea"}}}}},
		"a bill of nobody":            {"main", payment.Destination{Payee: &payment.Payee{Country: "BY", Bill: "7"}}},
		"nowhere":                     {"main", payment.Destination{}},
	} {
		err := r.Prepare(ctx, instruction(test.sender, test.to))
		if !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "OLMP") {
			t.Errorf("%s: the error quotes the account", name)
		}
	}
	in := instruction("main", byan())
	in.Attempt.Currency = "PLN"
	if err := r.Prepare(ctx, in); !fault.Is(err, fault.ReasonDestinationRefused) {
		t.Errorf("a currency that the sender lacks: %v", err)
	}
}
