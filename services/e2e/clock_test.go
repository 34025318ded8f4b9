package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// moves moves the installation's clock and returns when it stopped.
func (i *installation) moves(args ...string) []time.Time {
	i.t.Helper()
	out, errs, err := run(i.t, append([]string{"clock", "--json", "--data", i.data}, args...)...)
	if err != nil {
		i.t.Fatalf("clock %v: %v %s", args, err, errs)
	}
	var moved struct{ Stops []struct{ At time.Time } }
	if err := json.Unmarshal([]byte(out), &moved); err != nil {
		i.t.Fatal(err)
	}
	var stops []time.Time
	for _, s := range moved.Stops {
		stops = append(stops, s.At)
	}
	return stops
}

// gift has a donor pay one and returns when; the books know of it.
func (i *installation) gift() time.Time {
	i.t.Helper()
	operator := restclient.New(i.state.REST, i.token("olena", "operator"))
	var partner struct{ SecretKey string }
	must(i.t, operator.Post(i.t.Context(), "/v1/partners", map[string]any{
		"displayName": "P", "returnUrls": []string{"https://partner.example/thanks"},
	}, &partner))
	var pledge struct{ CheckoutURL string }
	must(i.t, restclient.New(i.state.REST, partner.SecretKey).Post(i.t.Context(), "/v1/pledges", map[string]any{
		"amount": map[string]string{"minorUnits": "5000", "currencyCode": "EUR"}, "returnUrl": "https://partner.example/thanks",
		"designations": []map[string]string{{"fund": "funds/general"}},
	}, &pledge))
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.PostForm(pledge.CheckoutURL, url.Values{"card": {"4242424242424242"}})
	must(i.t, err)
	must(i.t, resp.Body.Close())
	i.moves("+1m") // nothing more is to be done then: the webhook came, the books know it
	return time.Now()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAGiftClearsOnItsDayWhenTheClockIsMoved(t *testing.T) {
	t.Parallel()
	// given a gift, paid in an installation with the delays of production
	i := start(t, dataFolder(t), "--delays", "production")
	paid := i.gift()
	// when ten weeks pass: those of a new partner's first gifts
	stops := i.moves("+10w")
	// then the clock stopped at the day on which it clears, and it is booked on that day
	auditor := restclient.New(i.state.REST, i.token("otto", "auditor"))
	var booked struct {
		Transactions []struct{ Kind, BookingDate string }
	}
	if err := auditor.Get(t.Context(), "/v1/ledger/transactions", &booked); err != nil {
		t.Fatal(err)
	}
	cleared := ""
	for _, tx := range booked.Transactions {
		if tx.Kind == "TRANSACTION_KIND_CLEARING" {
			cleared = tx.BookingDate
		}
	}
	day, err := time.Parse(time.DateOnly, cleared)
	if wait := day.Sub(paid); err != nil || wait < 59*24*time.Hour || wait > 68*24*time.Hour {
		t.Errorf("paid %v, cleared %q (%v)", paid, cleared, err)
	}
	if !slices.ContainsFunc(stops, func(at time.Time) bool { return at.UTC().Format(time.DateOnly) == cleared }) {
		t.Errorf("cleared on %s, the clock stopped at %v", cleared, stops)
	}
}

func TestTheClockSaysWhatIsWrongWithAMove(t *testing.T) {
	t.Parallel()
	i := start(t, dataFolder(t))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"back":            {[]string{"--to", "2020-01-01"}, "never goes back"},
		"no way":          {[]string{"14d"}, "is no way to go"},
		"no date":         {[]string{"--to", "tomorrow"}, "is no date and no time"},
		"both":            {[]string{"+1d", "--to", "2090-01-01"}, "either"},
		"no installation": {[]string{"+1d", "--data", t.TempDir()}, "no development installation runs on"},
	} {
		args := append([]string{"clock", "--data", i.data}, test.args...)
		if _, errs, err := run(t, args...); err == nil || !strings.Contains(errs, test.want) {
			t.Errorf("%s: %v, prints %q, want %q", name, err, errs, test.want)
		}
	}
	if _, errs, err := audit(t, "clock", "+1d"); err == nil || !strings.Contains(errs, "clock") {
		t.Errorf("the released program has a clock: %v, %q", err, errs)
	}
	if _, errs, err := audit(t, "--clock", i.layout.Clock(), "version"); err == nil || !strings.Contains(errs, "--clock") {
		t.Errorf("the released program reads a clock: %v, %q", err, errs)
	}
}
