package sepa_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
)

func TestTheSenderMustBeASEPAAccount(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sender      sepa.Sender
		development bool
		ok          bool
	}{
		"none in production":  {sepa.Sender{}, false, false},
		"none in development": {sepa.Sender{ID: "main"}, true, true},
		"without a name":      {sepa.Sender{ID: "main", IBAN: senderIBAN}, false, false},
		"wrong digits":        {sepa.Sender{ID: "main", Name: "Name", IBAN: "LT121000011101001001"}, false, false},
		"outside SEPA":        {sepa.Sender{ID: "main", Name: "Name", IBAN: "BY13NBRB3600900000002Z00AB00"}, false, false},
		"complete":            {sepa.Sender{ID: "main", Name: "Name", IBAN: "LT12 1000 0111 0100 1000", ExposureCap: 0}, false, true},
	} {
		sender, err := sepa.Config{Sender: test.sender}.Account(test.development)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if test.ok && (sender.IBAN != senderIBAN || sender.ExposureCap < 1 || sender.Account() != "asset:bank:main") {
			t.Errorf("%s: %+v", name, sender)
		}
	}
}

// TestASenderHasTheVersionThatItsBankTakes writes what is configured into the sender, by
// which each file is written.
func TestASenderHasTheVersionThatItsBankTakes(t *testing.T) {
	t.Parallel()
	sender, err := sepa.Config{Sender: sepa.Sender{ID: "main", Name: "Name", IBAN: senderIBAN, Format: "pain.001.001.03"}}.Account(false)
	if err != nil || sender.Format != "pain.001.001.03" {
		t.Errorf("%+v, %v", sender, err)
	}
}
