package year

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// The account of the foundation, and what was there when its books were opened.
const (
	senderIBAN = "LT121000011101001000"
	brought    = 8_000_000 // cents of EUR
)

// amount is a Money in JSON.
type amount struct {
	MinorUnits   int64  `json:"minorUnits,string"`
	CurrencyCode string `json:"currencyCode"`
}

func euros(minor int64) amount { return amount{MinorUnits: minor, CurrencyCode: "EUR"} }

// open books what the fund had before, and gives a partner its keys.
func (y *fund) open(ctx context.Context) error {
	for _, line := range [][2]string{{"asset:bank:main", "equity:opening"}, {"equity:opening", "fund:general:available"}} {
		if err := y.adjust(ctx, line[0], line[1], brought); err != nil {
			return err
		}
	}
	var partner struct{ SecretKey string }
	if err := y.people["olena"].post(ctx, "partners", map[string]any{
		"displayName": "Example partner", "origins": []string{"https://partner.example"}, "returnUrls": []string{"https://partner.example/thanks"},
	}, &partner); err != nil {
		return err
	}
	y.partner = restclient.New(y.REST, partner.SecretKey)
	return nil
}

// adjust has one person propose a booking and whoever may approve it.
func (y *fund) adjust(ctx context.Context, debit, credit string, minor int64) error {
	evidence := sha256.Sum256([]byte("minutes of the first meeting"))
	var a struct{ Name, State string }
	if err := y.treasurer().post(ctx, "ledger/adjustments:propose", map[string]any{"adjustment": map[string]any{
		"kind": "ADJUSTMENT_KIND_OPENING_BALANCE", "debitAccount": debit, "creditAccount": credit, "amount": euros(minor),
		"occurredOn": y.today(), "evidenceSha256": base64.StdEncoding.EncodeToString(evidence[:]),
	}}, &a); err != nil {
		return err
	}
	if _, err := y.act(ctx, a.Name, "approve", map[string]any{}, &a); err != nil {
		return err
	}
	if err := y.pass(ctx, time.Minute); err != nil {
		return err
	}
	if err := y.treasurer().get(ctx, a.Name, &a); err != nil {
		return err
	}
	if a.State != "ADJUSTMENT_STATE_BOOKED" {
		return fmt.Errorf("the opening balance is %s", a.State)
	}
	return nil
}

// treasurer is one of the money desk who is there.
func (y *fund) treasurer() *person {
	return y.awakeOf("tomas", y.Officers[1], "ursula", "vera", y.Officers[0])
}

// awakeOf is the first of some people who is there; the first of them all where none is.
func (y *fund) awakeOf(subjects ...string) *person {
	for _, subject := range subjects {
		for _, p := range y.awake() {
			if p.subject == subject {
				return p
			}
		}
	}
	return y.people[subjects[0]]
}

// gifts lets three donors give, with a tip.
func (y *fund) gifts(ctx context.Context) error {
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i := range 3 {
		var p struct {
			CheckoutURL string `json:"checkoutUrl"`
		}
		if err := y.partner.JSON(ctx, http.MethodPost, "/v1/pledges", fmt.Sprintf("gift-%d-%d", y.month, i), map[string]any{
			"amount": euros(int64(5000 + 1000*i)), "tip": euros(300), "returnUrl": "https://partner.example/thanks",
			"designations": []any{map[string]any{"fund": "funds/general"}},
		}, &p); err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.CheckoutURL, bytes.NewBufferString(url.Values{"card": {"4242424242424242"}}.Encode()))
		if err != nil {
			return fmt.Errorf("pay: %w", err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := browser.Do(req)
		if err != nil {
			return fmt.Errorf("pay: %w", err)
		}
		resp.Body.Close()
	}
	return y.pass(ctx, time.Hour)
}

type round struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Digest string `json:"snapshotDigest"`
}

// allocate opens a round over what this month's requests need, and commits it.
func (y *fund) allocate(ctx context.Context) error {
	if err := y.Move(ctx, later(y.Now(), roundDay)); err != nil { // all cycles of the month are due then
		return err
	}
	var r round
	maker := y.treasurer()
	if err := maker.post(ctx, "allocationRounds", map[string]any{
		"currencyCode": "EUR", "budgets": []any{map[string]any{"fund": "funds/general", "amount": euros(int64(len(y.families)) * monthly)}},
	}, &r); err != nil {
		return err
	}
	if err := maker.post(ctx, r.Name+":simulate", map[string]any{}, &r); err != nil {
		return err
	}
	if _, err := y.act(ctx, r.Name, "commit", map[string]any{"snapshotDigest": r.Digest}, nil); err != nil {
		return err
	}
	if err := y.pass(ctx, time.Minute); err != nil {
		return err
	}
	if err := maker.get(ctx, r.Name, &r); err != nil {
		return err
	}
	if r.State != "ALLOCATION_ROUND_STATE_COMMITTED" {
		return fmt.Errorf("the round is %s", r.State)
	}
	y.paid = 0
	if err := y.payOut(ctx, r); err != nil {
		return err
	}
	if y.paid != len(y.families) {
		return fmt.Errorf("%d of %d families are paid: %s", y.paid, len(y.families), y.text(ctx, r.Name))
	}
	y.summary.Payments += y.paid
	return nil
}

// text is a resource as a treasurer sees it.
func (y *fund) text(ctx context.Context, resource string) string {
	var raw json.RawMessage
	if err := y.treasurer().get(ctx, resource, &raw); err != nil {
		return err.Error()
	}
	return string(raw)
}

// roundDay is the day of the month on which the round is opened.
const roundDay = 8

// later is the day of this month, or now where that has passed.
func later(now time.Time, dayOfMonth int) time.Time {
	if at := time.Date(now.UTC().Year(), now.UTC().Month(), dayOfMonth, 8, 0, 0, 0, time.UTC); at.After(now) {
		return at
	}
	return now
}

// pay lets the rest of the month pass.
func (y *fund) pay(ctx context.Context) error {
	now := y.Now().UTC()
	next := time.Date(now.Year(), now.Month()+1, 1, 6, 0, 0, 0, time.UTC)
	return y.Move(ctx, next)
}

// settle imports the statement of the month's last day.
func (y *fund) settle(ctx context.Context) error {
	var file bytes.Buffer
	if err := y.bank.Statement(&file, y.lastDay(), func(string, int64) string { return "" }); err != nil {
		return err
	}
	client, err := y.treasurer().rest(ctx)
	if err != nil {
		return err
	}
	resp, err := client.Do(ctx, http.MethodPost, "/v1/statements", "application/xml", "", &file)
	if err != nil {
		return err
	}
	resp.Body.Close()
	return y.pass(ctx, time.Hour)
}

// lastDay is the last of the month that has just ended.
func (y *fund) lastDay() time.Time {
	now := y.Now().UTC()
	return time.Date(now.Year(), now.Month(), 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -1)
}

// closeMonth closes the books up to its last day, by somebody else than who brought the
// statement.
func (y *fund) closeMonth(ctx context.Context) error {
	var c struct{ Name, State, Digest string }
	if err := y.treasurer().post(ctx, "ledger/periods:proposeClose", map[string]any{"lastDay": y.lastDay().Format(time.DateOnly)}, &c); err != nil {
		return err
	}
	if _, err := y.act(ctx, c.Name, "confirmClose", map[string]any{"digest": c.Digest}, &c); err != nil {
		return err
	}
	if c.State != "PERIOD_CLOSE_STATE_CLOSED" {
		return errors.New("the close is " + c.State)
	}
	y.summary.Closed++
	return nil
}
