package server

import (
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
)

// form is a message that holds one of the forms of a destination.
type form interface {
	GetBankAccount() *familiesv1.BankAccount
	GetWallet() *familiesv1.Wallet
	GetCollector() *familiesv1.Collector
	GetPayee() *familiesv1.Payee
	GetParcel() *familiesv1.Parcel
}

// detailsOf reads the form of a destination as it was entered.
func detailsOf(m form) (d destination.Details) {
	d.BankAccount = accountOf(m.GetBankAccount())
	if w := m.GetWallet(); w != nil {
		d.Wallet = &destination.Wallet{Network: enum.Word(w.GetNetwork()), Address: w.GetAddress()}
	}
	if c := m.GetCollector(); c != nil {
		d.Collector = &destination.Collector{FullName: c.GetFullName(), Country: c.GetCountryCode(), Town: c.GetTown()}
	}
	if p := m.GetPayee(); p != nil {
		d.Payee = &destination.Payee{Name: p.GetPayeeName(), Country: p.GetCountryCode(), Bill: p.GetBillReference(), Account: accountOf(p.GetAccount())}
	}
	if p := m.GetParcel(); p != nil {
		d.Parcel = &destination.Parcel{Recipient: p.GetRecipient(), Address: p.GetAddress(), Country: p.GetCountryCode()}
		for _, item := range p.GetItems() {
			d.Parcel.Items = append(d.Parcel.Items, destination.Item{Description: item.GetDescription(), Quantity: item.GetQuantity()})
		}
	}
	return d
}

func accountOf(m *familiesv1.BankAccount) *destination.BankAccount {
	if m == nil {
		return nil
	}
	b := &destination.BankAccount{
		AccountHolder: m.GetAccountHolder(), IBAN: m.GetIban(), BIC: m.GetBic(), Country: m.GetCountryCode(), Town: m.GetTown(),
	}
	if l := m.GetLocal(); l != nil {
		b.Local = &destination.Local{Country: l.GetCountryCode(), Bank: l.GetBank(), Number: l.GetNumber()}
	}
	return b
}

// releasedProto writes the form of a destination.
func releasedProto(d destination.Details) *familiesv1.ReleasedDestination {
	m := &familiesv1.ReleasedDestination{}
	switch {
	case d.BankAccount != nil:
		m.Details = &familiesv1.ReleasedDestination_BankAccount{BankAccount: accountProto(d.BankAccount)}
	case d.Wallet != nil:
		m.Details = &familiesv1.ReleasedDestination_Wallet{Wallet: &familiesv1.Wallet{
			Network: enum.Value[familiesv1.WalletNetwork](d.Wallet.Network), Address: d.Wallet.Address,
		}}
	case d.Collector != nil:
		m.Details = &familiesv1.ReleasedDestination_Collector{Collector: &familiesv1.Collector{
			FullName: d.Collector.FullName, CountryCode: d.Collector.Country, Town: d.Collector.Town,
		}}
	case d.Payee != nil:
		m.Details = &familiesv1.ReleasedDestination_Payee{Payee: &familiesv1.Payee{
			PayeeName: d.Payee.Name, CountryCode: d.Payee.Country, BillReference: d.Payee.Bill, Account: accountProto(d.Payee.Account),
		}}
	case d.Parcel != nil:
		m.Details = &familiesv1.ReleasedDestination_Parcel{Parcel: parcelProto(d.Parcel)}
	}
	return m
}

func accountProto(b *destination.BankAccount) *familiesv1.BankAccount {
	if b == nil {
		return nil
	}
	m := &familiesv1.BankAccount{AccountHolder: b.AccountHolder, Bic: b.BIC, CountryCode: b.Country, Town: b.Town}
	if l := b.Local; l != nil {
		m.Number = &familiesv1.BankAccount_Local{Local: &familiesv1.LocalAccount{CountryCode: l.Country, Bank: l.Bank, Number: l.Number}}
	} else {
		m.Number = &familiesv1.BankAccount_Iban{Iban: b.IBAN}
	}
	return m
}

func parcelProto(p *destination.Parcel) *familiesv1.Parcel {
	m := &familiesv1.Parcel{Recipient: p.Recipient, Address: p.Address, CountryCode: p.Country}
	for _, item := range p.Items {
		m.Items = append(m.Items, &familiesv1.Parcel_Item{Description: item.Description, Quantity: item.Quantity})
	}
	return m
}

// opened adds what is sealed of a destination to its message.
func opened(m *familiesv1.Destination, d destination.Details) *familiesv1.Destination {
	switch form := releasedProto(d).GetDetails().(type) {
	case *familiesv1.ReleasedDestination_BankAccount:
		m.Details = &familiesv1.Destination_BankAccount{BankAccount: form.BankAccount}
	case *familiesv1.ReleasedDestination_Wallet:
		m.Details = &familiesv1.Destination_Wallet{Wallet: form.Wallet}
	case *familiesv1.ReleasedDestination_Collector:
		m.Details = &familiesv1.Destination_Collector{Collector: form.Collector}
	case *familiesv1.ReleasedDestination_Payee:
		m.Details = &familiesv1.Destination_Payee{Payee: form.Payee}
	case *familiesv1.ReleasedDestination_Parcel:
		m.Details = &familiesv1.Destination_Parcel{Parcel: form.Parcel}
	}
	return m
}
