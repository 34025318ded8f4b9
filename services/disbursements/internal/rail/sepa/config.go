package sepa

import (
	"errors"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
)

// Config are the settings of the rail.
type Config struct {
	Sender Sender `embed:"" prefix:"sender-"`
	// Remittance is what everybody's bank reads beside a payment.
	Remittance string `help:"Neutral text of every payment." default:"Transfer"`
}

// Sender is the account that payments leave from. Its number is not secret from
// the bank, but from everybody else.
type Sender struct {
	// ID names the sender, and its account asset:bank:ID in the ledger.
	ID string `help:"Short name of the sending account." default:"main"`
	// Name, IBAN and BIC are the account's.
	Name string `help:"Name of the sending account's owner, as its bank knows it. In development a made-up one."`
	IBAN string `name:"iban" help:"IBAN of the sending account. In development a made-up one."`
	BIC  string `name:"bic" help:"BIC of the sending account's bank; may be left out."`
	// Format is what its bank takes.
	Format string `help:"Version of the payment files that the sender's bank takes." enum:"pain.001.001.09,pain.001.001.03" default:"pain.001.001.09"`
	// ExposureCap is how many families one file may hold.
	ExposureCap int `help:"Most families in one payment file: how many one seized file reveals." default:"10"`
}

// Account checks the configured sender; in development it may be left out.
func (c Config) Account(development bool) (rail.Sender, error) {
	s := c.Sender
	if development && s.IBAN == "" {
		s.Name, s.IBAN = "Solidarity Development", "LT121000011101001000"
	}
	if s.Name == "" {
		return rail.Sender{}, errors.New("the sender's name is missing: give --sender-name")
	}
	account, err := iban.Parse(s.IBAN)
	if err != nil || !account.SEPA() {
		return rail.Sender{}, errors.New("the sender's account is not a SEPA account: give --sender-iban")
	}
	return rail.Sender{
		ID: s.ID, Name: s.Name, IBAN: account.String(), BIC: s.BIC, Currency: currency, ExposureCap: max(s.ExposureCap, 1), Format: s.Format,
	}, nil
}
