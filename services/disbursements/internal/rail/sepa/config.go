package sepa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
)

// Config are the settings of the rail.
type Config struct {
	Sender Sender `embed:"" prefix:"sender-"`
	// Senders is a file of further ones.
	Senders string `help:"File of further sending accounts (docs/rails.md); they take turns." placeholder:"FILE"`
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
	ExposureCap int `help:"Most families in one payment file: how many one seized file reveals." default:"50"`
}

// List checks all configured senders: that of the settings first, then those of the file.
// All that is wrong is said at once.
func (c Config) List(development bool) ([]rail.Sender, error) {
	first, err := c.Account(development)
	list, wrong := []rail.Sender{first}, []error{err}
	if c.Senders == "" {
		return list, err
	}
	further, err := furtherSenders(c.Senders)
	wrong = append(wrong, err)
	for i, f := range further {
		sender, err := Config{Sender: f}.Account(false)
		same := func(s rail.Sender) bool { return s.ID == f.ID || s.IBAN == sender.IBAN }
		switch {
		case !account.Segment(f.ID):
			err = errors.New("id must be 1 to 40 of a-z, 0-9, _ and -")
		case f.Format != "" && f.Format != "pain.001.001.09" && f.Format != "pain.001.001.03":
			err = errors.New("format must be pain.001.001.09 or pain.001.001.03")
		case err == nil && slices.ContainsFunc(list, same):
			err = errors.New("its id or its account stands there twice")
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("--senders: [%d]: %w", i, err))
		}
		list = append(list, sender)
	}
	return list, errors.Join(wrong...)
}

// furtherSenders reads a file of senders.
func furtherSenders(path string) (list []Sender, err error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--senders: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("--senders: %w", err)
	}
	for i := range list {
		if list[i].ExposureCap == 0 {
			list[i].ExposureCap = 50
		}
	}
	return list, nil
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
	number, err := iban.Parse(s.IBAN)
	if err != nil || !number.SEPA() {
		return rail.Sender{}, errors.New("the sender's account is not a SEPA account: give --sender-iban")
	}
	return rail.Sender{
		ID: s.ID, Name: s.Name, IBAN: number.String(), BIC: s.BIC, Currency: currency, ExposureCap: max(s.ExposureCap, 1), Format: s.Format,
	}, nil
}
