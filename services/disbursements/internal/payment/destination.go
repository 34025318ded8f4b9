package payment

import "slices"

// Form is what a destination is, as the contract of families names it. The zero Form is
// invalid.
type Form string

// The forms of a destination.
const (
	FormBankAccount Form = "BANK_ACCOUNT"
	FormWallet      Form = "WALLET"
	FormCollector   Form = "COLLECTOR"
	FormPayee       Form = "PAYEE"
	FormParcel      Form = "PARCEL"
)

// Scheme is a kind of account or wallet.
type Scheme string

// The schemes of accounts; those of wallets are their networks.
const (
	SchemeSEPA  Scheme = "SEPA"
	SchemeIBAN  Scheme = "IBAN"
	SchemeLocal Scheme = "LOCAL"
)

// Accepted is a form that a rail takes; of accounts and wallets those of some schemes,
// or of all where none is named.
type Accepted struct {
	Form    Form
	Schemes []Scheme
}

// Destination is where a payment goes: one form of it. It is held in memory only,
// between the families service and a rail, and sealed by the rail where it waits.
type Destination struct {
	BankAccount *BankAccount `json:",omitempty"`
	Wallet      *Wallet      `json:",omitempty"`
	Collector   *Collector   `json:",omitempty"`
	Payee       *Payee       `json:",omitempty"`
	Parcel      *Parcel      `json:",omitempty"`
}

// BankAccount is an account at a bank: with an IBAN, or with a number of its country.
type BankAccount struct {
	Holder, IBAN, BIC, Country, Town string
	Local                            *LocalAccount `json:",omitempty"`
}

// LocalAccount is an account without an IBAN.
type LocalAccount struct{ Country, Bank, Number string }

// Wallet is a wallet of a network.
type Wallet struct{ Network, Address string }

// Collector is a person who takes cash.
type Collector struct{ FullName, Country, Town string }

// Payee is somebody whose bill is paid; Account is nil where it is paid in another way.
type Payee struct {
	Name, Country, Bill string
	Account             *BankAccount `json:",omitempty"`
}

// Parcel is something that is sent.
type Parcel struct {
	Recipient, Address, Country string
	Items                       []Item
}

// Item is a thing in a parcel.
type Item struct {
	Description string
	Quantity    int32
}

// Account is the number of the account or wallet that it is, as a bank would name it in
// a statement; empty where it is none.
func (d Destination) Account() string {
	a := d.BankAccount
	if d.Payee != nil {
		a = d.Payee.Account
	}
	switch {
	case d.Wallet != nil:
		return d.Wallet.Address
	case a != nil && a.IBAN != "":
		return a.IBAN
	case a != nil && a.Local != nil:
		return a.Local.Number
	}
	return ""
}

// Form is which form the destination has, empty for none.
func (d Destination) Form() Form {
	switch {
	case d.BankAccount != nil:
		return FormBankAccount
	case d.Wallet != nil:
		return FormWallet
	case d.Collector != nil:
		return FormCollector
	case d.Payee != nil:
		return FormPayee
	case d.Parcel != nil:
		return FormParcel
	}
	return ""
}

// IsOneOf reports whether the destination has one of some forms. Which scheme an account
// has is looked at by families, and by the rail when it prepares a payment.
func (d Destination) IsOneOf(accepted []Accepted) bool {
	return slices.ContainsFunc(accepted, func(a Accepted) bool { return a.Form == d.Form() })
}
