package story

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// goodCard is Stripe's test card that always works.
const goodCard = "4242424242424242"

// donors is how many donors give at a time.
const donors = 8

// wholeFund promises that 100 % of a gift arrives.
const wholeFund = "every-cent"

type pledge struct {
	Name         string `json:"name"`
	State        string `json:"state"`
	CheckoutURL  string `json:"checkoutUrl"`
	ReceiptToken string `json:"receiptToken"`
}

// firstGift is the very first gift, to a fund that promises that all of it
// arrives, while the fund for running costs is empty.
func (t *teller) firstGift(ctx context.Context) error {
	var partner struct{ Name, SecretKey string }
	t.shop = "https://partner.example/thanks"
	if err := t.staff["olena"].Post(ctx, "/v1/partners", map[string]any{
		"displayName": "Example partner", "origins": []string{"https://partner.example"}, "returnUrls": []string{t.shop},
	}, &partner); err != nil {
		return err
	}
	t.partner = restclient.New(t.REST, partner.SecretKey)
	t.say("An operator creates the partner %s with a publishable and a secret key, shown once.", partner.Name)

	if err := t.staff["tomas"].JSON(ctx, http.MethodPost, "/v1/funds?fundId="+wholeFund, "story-fund", map[string]any{
		"displayName": "Every cent", "currencyCodes": []string{"EUR"}, "promisesFullGift": true,
	}, nil); err != nil {
		return err
	}
	t.say("A treasurer opens funds/%s and chooses that it promises 100 %%: no other fund does.", wholeFund)
	p, err := t.give(ctx, "story-first-gift", wholeFund, 5000, 0, "")
	if err != nil {
		return err
	}
	t.say("The partner posts a pledge of 50.00 EUR to it; the donor pays on Stripe Checkout.")
	if err := t.booked(ctx, 1); err != nil {
		return err
	}
	t.say("The webhook is verified, kept sealed, answered; charge and balance transaction are read again; the gift is in the ledger.")
	if err := refused("a pledge to an unknown fund", t.partner.Post(ctx, "/v1/pledges", map[string]any{
		"amount": euros(100), "designations": []any{map[string]any{"fund": "funds/nowhere"}}, "returnUrl": t.shop,
	}, nil), "INVALID_FIELD", "NOT_FOUND", "UNKNOWN_FUND"); err != nil {
		return err
	}
	t.tokens = append(t.tokens, p.ReceiptToken)
	return t.deliverAgain(ctx)
}

// moreGifts are the others, with a tip for running costs.
func (t *teller) moreGifts(ctx context.Context) error {
	before := len(t.tokens)
	tokens := make([]string, t.Gifts-before)
	g, groupCtx := errgroup.WithContext(ctx)
	g.SetLimit(donors)
	for i := range tokens {
		g.Go(func() error {
			tokens[i] = receiptToken()
			_, err := t.give(groupCtx, fmt.Sprintf("story-gift-%d", i), "general", int64(2000+500*(i%17)), 300, tokens[i])
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	t.tokens = append(t.tokens, tokens...)
	if err := t.booked(ctx, t.Gifts); err != nil {
		return err
	}
	t.summary.Gifts = t.Gifts
	t.say("%d gifts are received, booked with their fees and cleared.", t.Gifts)
	return nil
}

// receiptToken makes a token as the donor's browser does.
func receiptToken() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// give makes a pledge and pays it as a donor's browser would. Of the receipt
// token only the hash is sent; without a token the server makes one.
func (t *teller) give(ctx context.Context, key, fund string, minor, tip int64, token string) (pledge, error) {
	body := map[string]any{
		"amount": euros(minor), "designations": []any{map[string]any{"fund": "funds/" + fund}}, "returnUrl": t.shop,
	}
	if tip > 0 {
		body["tip"] = euros(tip)
	}
	if token != "" {
		hash, err := tokenHash(token)
		if err != nil {
			return pledge{}, err
		}
		body["receiptTokenSha256"] = hash
	}
	var p pledge
	if err := t.partner.JSON(ctx, http.MethodPost, "/v1/pledges", key, body, &p); err != nil {
		return p, err
	}
	if p.CheckoutURL == "" || (p.ReceiptToken == "") != (token != "") {
		return p, fmt.Errorf("pledge %s has no checkout address or receipt token", p.Name)
	}
	return p, t.payAt(ctx, p.CheckoutURL, goodCard)
}

// tokenHash is the SHA-256 of a token's bytes, in base64.
func tokenHash(token string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", fmt.Errorf("decode receipt token: %w", err)
	}
	hash := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(hash[:]), nil
}

// payAt fills in the form of a checkout page.
func (t *teller) payAt(ctx context.Context, page, card string) error {
	form := strings.NewReader(url.Values{"card": {card}}.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, page, form)
	if err != nil {
		return fmt.Errorf("make checkout request: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Do(req)
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("the checkout page answered %s", resp.Status)
	}
	return nil
}

// booked waits until so many gifts are received, in the books and cleared.
func (t *teller) booked(ctx context.Context, gifts int) error {
	return until(ctx, fmt.Sprintf("clearing of %d gifts", gifts), func(ctx context.Context) (bool, error) {
		done := 0
		err := each(ctx, t.partner, "/v1/donations", "donations", func(d struct{ State, ClearedOn string }) {
			if d.State == "DONATION_STATE_SUCCEEDED" && d.ClearedOn != "" {
				done++
			}
		})
		return done >= gifts, err
	})
}

// deliverAgain has Stripe deliver every event a second time and checks that the
// books stay as they are.
func (t *teller) deliverAgain(ctx context.Context) error {
	before, err := t.trialBalance(ctx)
	if err != nil {
		return err
	}
	var events []string
	if err := restclient.New(t.Stripe, "").Get(ctx, "/_fake/events", &events); err != nil {
		return err
	}
	for _, id := range events {
		if err := restclient.New(t.Stripe, "").Post(ctx, "/_fake/events/"+id+"/redeliver", nil, nil); err != nil {
			return err
		}
	}
	if status, err := t.forge(ctx); err != nil || status != http.StatusBadRequest {
		return fmt.Errorf("a forged webhook got status %d, %w", status, err)
	}
	after, err := t.trialBalance(ctx)
	if err != nil {
		return err
	}
	if before != after {
		return fmt.Errorf("a second delivery changed the books:\n%s\n%s", before, after)
	}
	t.say("Stripe delivers all %d events a second time, somebody forges one: the books do not change.", len(events))
	return nil
}

// forge sends an event that Stripe did not sign.
func (t *teller) forge(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.REST+"/webhooks/stripe",
		bytes.NewReader([]byte(`{"id":"evt_forged","type":"charge.succeeded"}`)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Stripe-Signature", fmt.Sprintf("t=%d,v1=%064d", t.Now().Unix(), 0))
	resp, err := t.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// each reads all pages of a list and gives every item to visit.
func each[T any](ctx context.Context, c *restclient.Client, path, field string, visit func(T)) error {
	token := ""
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	for {
		var page map[string]json.RawMessage
		if err := c.Get(ctx, path+separator+"pageSize=500&pageToken="+url.QueryEscape(token), &page); err != nil {
			return err
		}
		var items []T
		if err := decode(page[field], &items); err != nil {
			return fmt.Errorf("read %s: %w", field, err)
		}
		for _, item := range items {
			visit(item)
		}
		token = ""
		if err := decode(page["nextPageToken"], &token); err != nil || token == "" {
			return err
		}
	}
}

// decode reads a field that may be missing.
func decode(field json.RawMessage, out any) error {
	if field == nil {
		return nil
	}
	return json.Unmarshal(field, out)
}
