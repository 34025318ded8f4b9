package disbursements

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/config"
)

const senderIBAN = "LT121000011101001000"

func TestSettingsOfDevelopmentAreRefusedWithAllElseThatIsWrong(t *testing.T) {
	t.Parallel()
	c := Config{Service: config.Service{Common: config.Common{Development: true, Listen: "0.0.0.0:9000"}}, Rails: Rails{SEPA: sepa.Config{Sender: sepa.Sender{IBAN: senderIBAN}}}}
	err := c.Check()
	for _, want := range []string{"give --sender-name", "on the loopback only"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
