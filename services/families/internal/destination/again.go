package destination

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// MostTries is how often a destination may be entered anew before it is void: by then who
// entered it and who confirms it have not heard the same.
const MostTries = 3

// Differs is the fault for who enters anew something else than stands there. In what it
// differs is not told: that would be a way to try it out.
func Differs() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonEnteredDifferently,
		"What was entered is not what was entered before. After three such tries it has to be entered anew.")
}

// Folded is what two people who have heard the same write alike: without capitals, double
// spaces and the order of things in a parcel, and without what a bank does not look at.
func (d Details) Folded() Details {
	switch {
	case d.BankAccount != nil:
		return Details{BankAccount: d.BankAccount.folded()}
	case d.Wallet != nil:
		return d // its address is written in one way
	case d.Collector != nil:
		c := d.Collector
		return Details{Collector: &Collector{FullName: fold(c.FullName), Country: c.Country, Town: fold(c.Town)}}
	case d.Payee != nil:
		p := d.Payee
		return Details{Payee: &Payee{Name: fold(p.Name), Country: p.Country, Bill: fold(p.Bill), Account: p.Account.folded()}}
	case d.Parcel != nil:
		return Details{Parcel: d.Parcel.folded()}
	}
	return d
}

// folded leaves the BIC out where the IBAN says which bank it is.
func (b *BankAccount) folded() *BankAccount {
	if b == nil {
		return nil
	}
	f := BankAccount{AccountHolder: fold(b.AccountHolder), IBAN: b.IBAN, Country: b.Country, Town: fold(b.Town)}
	if b.scheme() != SchemeSEPA {
		f.BIC = strings.TrimSuffix(b.BIC, "XXX")
	}
	if b.Local != nil {
		f.Local = &Local{Country: b.Local.Country, Bank: fold(b.Local.Bank), Number: b.Local.Number}
	}
	return &f
}

func (p *Parcel) folded() *Parcel {
	f := Parcel{Recipient: fold(p.Recipient), Address: fold(p.Address), Country: p.Country}
	for _, item := range p.Items {
		f.Items = append(f.Items, Item{Description: fold(item.Description), Quantity: item.Quantity})
	}
	slices.SortFunc(f.Items, func(a, b Item) int {
		if n := strings.Compare(a.Description, b.Description); n != 0 {
			return n
		}
		return int(a.Quantity - b.Quantity)
	})
	return &f
}

// fold writes a text as everybody writes it who has heard it.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
}
