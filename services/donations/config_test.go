package donations_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations"
	"github.com/solidarity-fund/solidarity/services/internal/config"
)

func TestALiveStripeKeyStaysOutOfDevelopment(t *testing.T) {
	t.Parallel()
	const production, loopback = "0.0.0.0:9000", "127.0.0.1:0"
	for name, test := range map[string]struct {
		key, url, listen string
		development      bool
		want             string
	}{
		"a live key":                      {key: "sk_live_x", listen: production},
		"a restricted live key":           {key: "rk_live_x", listen: production},
		"a test key":                      {key: "sk_test_x", listen: production},
		"a test key in development":       {key: "sk_test_x", listen: loopback, development: true},
		"a test key and another Stripe":   {key: "sk_test_x", listen: loopback, development: true, url: "http://127.0.0.1:1"},
		"a live key in development":       {key: "sk_live_x", listen: loopback, development: true, want: "a live Stripe key is refused"},
		"a live key and another Stripe":   {key: "sk_live_x", listen: production, url: "http://127.0.0.1:1", want: "a live Stripe key is refused"},
		"neither":                         {key: "pk_x", listen: production, want: "neither a test key nor a live key"},
		"development beyond this machine": {key: "sk_test_x", listen: production, development: true, want: "on the loopback only"},
		"both said at once":               {key: "pk_x", listen: production, development: true, want: "on the loopback only"},
	} {
		err := donations.Config{
			Service:   config.Service{Common: config.Common{Listen: test.listen, Development: test.development}},
			StripeKey: test.key, StripeURL: test.url,
		}.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestWebhooksToThisMachineAreForDevelopmentOnly(t *testing.T) {
	t.Parallel()
	for development, listen := range map[bool]string{false: "0.0.0.0:9000", true: "127.0.0.1:0"} {
		err := donations.Config{
			Service:   config.Service{Common: config.Common{Listen: listen, Development: development}},
			StripeKey: "sk_test_x", WebhookLoopback: true,
		}.Check()
		if (err == nil) != development {
			t.Errorf("development %v: %v", development, err)
		}
	}
}

func TestTheIssuerOfReceiptsTellsNotWhatFor(t *testing.T) {
	t.Parallel()
	for issuer, good := range map[string]bool{"": true, "Example e. V., 1 Some Street": true, "Solidarity Fund": false, "Фонд помощи": false} {
		err := donations.Config{
			Service:   config.Service{Common: config.Common{Listen: "0.0.0.0:9000"}},
			StripeKey: "sk_test_x", ReceiptIssuer: issuer,
		}.Check()
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), issuer) {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}

func TestMessagesToDonorsComeFromAnAddressThatTellsNothing(t *testing.T) {
	t.Parallel()
	for from, good := range map[string]bool{"post@example.org": true, "": false, "post": false, "help@solidarity.example": false} {
		err := donations.Config{
			Service:   config.Service{Common: config.Common{Listen: "0.0.0.0:9000"}},
			StripeKey: "sk_test_x", SMTPAddr: "mail.example.org:587", SMTPFrom: from,
		}.Check()
		if (err == nil) != good {
			t.Errorf("%q: %v", from, err)
		}
	}
}
