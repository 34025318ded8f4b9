package disbursements

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/config"
)

const senderIBAN = "LT121000011101001000"

func TestTheSenderMustBeASEPAAccount(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config Config
		ok     bool
	}{
		"none in production":  {Config{}, false},
		"none in development": {Config{Service: config.Service{Common: config.Common{Development: true}}, Sender: Sender{ID: "main"}}, true},
		"without a name":      {Config{Sender: Sender{ID: "main", IBAN: senderIBAN}}, false},
		"wrong digits":        {Config{Sender: Sender{ID: "main", Name: "Name", IBAN: "LT121000011101001001"}}, false},
		"outside SEPA":        {Config{Sender: Sender{ID: "main", Name: "Name", IBAN: "BY13NBRB3600900000002Z00AB00"}}, false},
		"complete":            {Config{Sender: Sender{ID: "main", Name: "Name", IBAN: "LT12 1000 0111 0100 1000", ExposureCap: 0}}, true},
	} {
		sender, err := test.config.sender()
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if test.ok && (sender.IBAN != senderIBAN || sender.ExposureCap < 1 || sender.Account() != "asset:bank:main") {
			t.Errorf("%s: %+v", name, sender)
		}
	}
}

func TestSettingsOfDevelopmentAreRefusedWithAllElseThatIsWrong(t *testing.T) {
	t.Parallel()
	c := Config{Service: config.Service{Common: config.Common{Development: true, Listen: "0.0.0.0:9000"}}, Sender: Sender{IBAN: senderIBAN}}
	err := c.Check()
	for _, want := range []string{"give --sender-name", "on the loopback only"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
