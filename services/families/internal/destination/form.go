package destination

import (
	"fmt"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
)

// Form is what a destination is. The zero Form is invalid.
type Form string

// The forms, as the contract names them.
const (
	FormBankAccount Form = "BANK_ACCOUNT"
	FormWallet      Form = "WALLET"
	FormCollector   Form = "COLLECTOR"
	FormPayee       Form = "PAYEE"
	FormParcel      Form = "PARCEL"
)

// Scheme is a kind of account or wallet that a rail may tell apart; empty for other
// forms.
type Scheme string

// The schemes of accounts; those of wallets are named like their networks.
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

// Form is which form the details have, empty for none.
func (d Details) Form() Form {
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

// Scheme is the kind of account or wallet.
func (d Details) Scheme() Scheme {
	switch {
	case d.BankAccount != nil:
		return d.BankAccount.scheme()
	case d.Wallet != nil:
		return Scheme(d.Wallet.Network)
	}
	return ""
}

func (b BankAccount) scheme() Scheme {
	if b.Local != nil {
		return SchemeLocal
	}
	if account, err := iban.Parse(b.IBAN); err == nil && account.SEPA() {
		return SchemeSEPA
	}
	return SchemeIBAN
}

// Choose returns which of the confirmed destinations of a family is paid to, cooled off
// or not: the one of the form that the rail likes best.
func Choose(confirmed []Destination, accepted []Accepted) (Destination, error) {
	if len(confirmed) == 0 {
		return Destination{}, fault.New(fault.Precondition, fault.ReasonNoDestination, "The family has no confirmed destination.")
	}
	for _, a := range accepted {
		if i := slices.IndexFunc(confirmed, func(d Destination) bool { return d.Form == a.Form }); i >= 0 {
			return confirmed[i], nil
		}
	}
	return Destination{}, notTaken()
}

// CheckTaken checks that a rail takes what the details of a chosen destination say.
func CheckTaken(d Details, accepted []Accepted) error {
	for _, a := range accepted {
		if a.Form == d.Form() && (len(a.Schemes) == 0 || slices.Contains(a.Schemes, d.Scheme())) {
			return nil
		}
	}
	return notTaken()
}

func notTaken() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonFormNotTaken, "The rail takes none of the forms of the family's confirmed destinations.")
}

// maxAccepted bounds the forms that a rail takes: each stands there once.
const maxAccepted = 5

// CheckAccepted checks the forms that a caller says its rail takes.
func CheckAccepted(accepted []Accepted) error {
	if len(accepted) == 0 || len(accepted) > maxAccepted {
		return fault.Field("forms", fault.FieldWrongCount, "must be 1 to 5")
	}
	for i, a := range accepted {
		if slices.ContainsFunc(accepted[:i], func(other Accepted) bool { return other.Form == a.Form }) {
			return fault.Field(fmt.Sprintf("forms[%d].form", i), fault.FieldGivenTwice, "stands there twice")
		}
	}
	return nil
}
