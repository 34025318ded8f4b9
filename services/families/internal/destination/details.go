package destination

import (
	"encoding/json"
	"fmt"
)

// Details are what is sealed of a destination: one form of it, as it was checked. Their
// JSON is what the digest of an account is made over: fields are added, never moved or
// renamed.
type Details struct {
	BankAccount *BankAccount `json:"bankAccount,omitempty"`
	Wallet      *Wallet      `json:"wallet,omitempty"`
	Collector   *Collector   `json:"collector,omitempty"`
	Payee       *Payee       `json:"payee,omitempty"`
	Parcel      *Parcel      `json:"parcel,omitempty"`
}

// Canonical are the bytes that a digest of the details is made over. They begin with
// the form, so that no two forms ever have the same.
func (d Details) Canonical() ([]byte, error) {
	content, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("write destination: %w", err)
	}
	return append([]byte(d.Form()+"\n"), content...), nil
}

// BankAccount is an account at a bank.
type BankAccount struct {
	// AccountHolder is as the bank knows them, in any script.
	AccountHolder string `json:"accountHolder"`
	// IBAN has capitals and no spaces; empty where Local is given.
	IBAN  string `json:"iban,omitempty"`
	Local *Local `json:"local,omitempty"`
	// BIC is empty where it was not given.
	BIC string `json:"bic,omitempty"`
	// Country and Town are of the holder's address.
	Country string `json:"country"`
	Town    string `json:"town"`
}

// Local is an account without an IBAN.
type Local struct {
	// Country and Bank say whose number it is.
	Country string `json:"country"`
	Bank    string `json:"bank"`
	// Number has capitals and no spaces.
	Number string `json:"number"`
}

// Wallet is a wallet of a cryptocurrency.
type Wallet struct {
	Network string `json:"network"`
	Address string `json:"address"`
}

// Collector is a person who takes cash.
type Collector struct {
	FullName string `json:"fullName"`
	Country  string `json:"country"`
	Town     string `json:"town"`
}

// Payee is somebody whose bill is paid.
type Payee struct {
	Name    string `json:"name"`
	Country string `json:"country"`
	// Bill is what they know the bill or the customer by.
	Bill string `json:"bill"`
	// Account is nil where they are paid in another way.
	Account *BankAccount `json:"account,omitempty"`
}

// Parcel is something that is sent.
type Parcel struct {
	Recipient string `json:"recipient"`
	Address   string `json:"address"`
	Country   string `json:"country"`
	Items     []Item `json:"items"`
}

// Item is a thing in a parcel.
type Item struct {
	Description string `json:"description"`
	Quantity    int32  `json:"quantity"`
}
