// Package destination tells families which forms of destinations a rail takes, and reads
// where money goes from what families answer.
package destination

import (
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
)

// Accepted writes the forms that a rail takes.
func Accepted(forms []payment.Accepted) []*familiesv1.AcceptedForm {
	list := make([]*familiesv1.AcceptedForm, len(forms))
	for i, f := range forms {
		list[i] = &familiesv1.AcceptedForm{Form: enum.Value[familiesv1.DestinationForm](f.Form)}
		for _, scheme := range f.Schemes {
			list[i].Schemes = append(list[i].Schemes, enum.Value[familiesv1.DestinationScheme](scheme))
		}
	}
	return list
}

// Of reads a destination that families have released.
func Of(m *familiesv1.ReleasedDestination) (d payment.Destination) {
	switch form := m.GetDetails().(type) {
	case *familiesv1.ReleasedDestination_BankAccount:
		d.BankAccount = account(form.BankAccount)
	case *familiesv1.ReleasedDestination_Wallet:
		d.Wallet = &payment.Wallet{Network: enum.Word(form.Wallet.GetNetwork()), Address: form.Wallet.GetAddress()}
	case *familiesv1.ReleasedDestination_Collector:
		c := form.Collector
		d.Collector = &payment.Collector{FullName: c.GetFullName(), Country: c.GetCountryCode(), Town: c.GetTown()}
	case *familiesv1.ReleasedDestination_Payee:
		p := form.Payee
		d.Payee = &payment.Payee{Name: p.GetPayeeName(), Country: p.GetCountryCode(), Bill: p.GetBillReference(), Account: account(p.GetAccount())}
	case *familiesv1.ReleasedDestination_Parcel:
		p := form.Parcel
		d.Parcel = &payment.Parcel{Recipient: p.GetRecipient(), Address: p.GetAddress(), Country: p.GetCountryCode()}
		for _, item := range p.GetItems() {
			d.Parcel.Items = append(d.Parcel.Items, payment.Item{Description: item.GetDescription(), Quantity: item.GetQuantity()})
		}
	}
	return d
}

func account(m *familiesv1.BankAccount) *payment.BankAccount {
	if m == nil {
		return nil
	}
	b := &payment.BankAccount{
		Holder: m.GetAccountHolder(), IBAN: m.GetIban(), BIC: m.GetBic(), Country: m.GetCountryCode(), Town: m.GetTown(),
	}
	if l := m.GetLocal(); l != nil {
		b.Local = &payment.LocalAccount{Country: l.GetCountryCode(), Bank: l.GetBank(), Number: l.GetNumber()}
	}
	return b
}
