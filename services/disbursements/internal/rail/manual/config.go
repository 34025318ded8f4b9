package manual

import (
	"fmt"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/wallet"
)

// Config are the settings of the rail.
type Config struct {
	// Senders are written ID:KIND:CURRENCY.
	Senders []string `help:"Who pays by hand, as ID:KIND:CURRENCY. KIND is account (transfers, bills and parcels), bitcoin, ethereum or courier. In development three made-up ones." placeholder:"ID:KIND:CURRENCY"`
	// ExposureCap is how many families one sheet may hold.
	ExposureCap int `help:"Most families on one sheet: how many one seized sheet, or courier, reveals." default:"5"`
}

// invented are the senders of development.
func invented() []string {
	return []string{"main:account:EUR", "exchange:ethereum:EUR", "courier:courier:EUR"}
}

// List checks the configured senders; there may be none.
func (c Config) List(development bool) ([]rail.Sender, error) {
	written := c.Senders
	if development && len(written) == 0 {
		written = invented()
	}
	list := make([]rail.Sender, len(written))
	for i, text := range written {
		sender, err := read(text)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list[:i], func(s rail.Sender) bool { return s.ID == sender.ID }) {
			return nil, fmt.Errorf("--manual-senders has %s twice", sender.ID)
		}
		sender.ExposureCap = max(c.ExposureCap, 1)
		list[i] = sender
	}
	return list, nil
}

// read reads one sender.
func read(text string) (rail.Sender, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 || !account.Segment(parts[0]) {
		return rail.Sender{}, fmt.Errorf("--manual-senders has %q: write ID:KIND:CURRENCY, with an ID of a-z, 0-9, _ and -", text)
	}
	s := rail.Sender{ID: parts[0], Name: parts[0], Currency: parts[2]}
	switch parts[1] {
	case "account":
		s.Forms = []payment.Accepted{{Form: payment.FormBankAccount}, {Form: payment.FormPayee}, {Form: payment.FormParcel}}
	case "bitcoin", "ethereum":
		s.Network = wallet.Network(strings.ToUpper(parts[1]))
		s.Forms = []payment.Accepted{{Form: payment.FormWallet, Schemes: []payment.Scheme{payment.Scheme(s.Network)}}}
	case "courier":
		s.Cash, s.Forms = true, []payment.Accepted{{Form: payment.FormCollector}}
	default:
		return s, fmt.Errorf("--manual-senders has %q: KIND is account, bitcoin, ethereum or courier", text)
	}
	if _, err := money.New("currency", 1, s.Currency); err != nil {
		return s, fmt.Errorf("--manual-senders has %q: CURRENCY is a code of ISO 4217 in use", text)
	}
	return s, nil
}

// with adds a form to a list, or its schemes to that form there.
func with(forms []payment.Accepted, f payment.Accepted) []payment.Accepted {
	i := slices.IndexFunc(forms, func(x payment.Accepted) bool { return x.Form == f.Form })
	if i < 0 {
		return append(forms, payment.Accepted{Form: f.Form, Schemes: slices.Clone(f.Schemes)})
	}
	for _, scheme := range f.Schemes {
		if !slices.Contains(forms[i].Schemes, scheme) {
			forms[i].Schemes = append(forms[i].Schemes, scheme)
		}
	}
	return forms
}
