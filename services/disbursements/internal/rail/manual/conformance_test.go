package manual_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/manual"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest/filetest"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// senders are one of each kind.
func senders(t *testing.T) []rail.Sender {
	t.Helper()
	list, err := manual.Config{
		Senders: []string{"main:account:EUR", "coins:bitcoin:EUR", "exchange:ethereum:EUR", "courier:courier:EUR"}, ExposureCap: 2,
	}.List(false)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// byan is an account in Belarus, which no file of SEPA reaches.
func byan() payment.Destination {
	return payment.Destination{BankAccount: &payment.BankAccount{
		Holder: "Янка", IBAN: "BY20OLMP31350000001000000933", Country: "BY", Town: "Мінск",
	}}
}

// outside is the rail with people who type what stands on its sheets.
func outside(t *testing.T, sender string, to payment.Destination) filetest.Outside {
	t.Helper()
	list := senders(t)
	return filetest.Outside{
		Rail: manual.ID, Sender: sender, Currency: "EUR", Destination: to, Read: readSheet,
		New: func(lines rail.Lines, keys *seal.Keyring) rail.Filer { return manual.New(lines, keys, list) },
	}
}

// readSheet reads what a sheet has people pay.
func readSheet(plain []byte) (sent []railtest.Sent, err error) {
	for _, l := range strings.Split(string(plain), "\n") {
		name, value, _ := strings.Cut(l, ": ")
		switch name {
		case "payment":
			sent = append(sent, railtest.Sent{EndToEndID: value})
		case "amount":
			amount, currency, _ := strings.Cut(value, " ")
			if sent[len(sent)-1].Minor, err = money.ParseDecimal(amount, currency); err != nil {
				return nil, err
			}
		}
	}
	return sent, nil
}

func TestPaymentsByHandKeepTheRulesOfRails(t *testing.T) {
	t.Parallel()
	railtest.Run(t, func(t *testing.T) railtest.Bench { return filetest.New(t, outside(t, "main", byan())) })
}
