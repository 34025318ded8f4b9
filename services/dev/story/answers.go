package story

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// confirm lets families answer with their codes and the donors open their
// receipts.
func (t *teller) confirm(ctx context.Context) error {
	var settled []payment
	if err := t.eachPayment(ctx, func(p payment) {
		if p.State == "PAYMENT_STATE_SETTLED" {
			settled = append(settled, p)
		}
	}); err != nil {
		return err
	}
	for i, p := range settled {
		if err := t.answer(ctx, p, i == 0); err != nil {
			return fmt.Errorf("answer for %s: %w", p.Name, err)
		}
	}
	t.say("%d families confirm with their codes that the money has arrived.", len(settled))
	return t.receipts(ctx)
}

// answer has a code issued by somebody who is not the case's owner, and lets the
// family confirm with it.
func (t *teller) answer(ctx context.Context, p payment, tryWrong bool) error {
	var code struct{ Handle, Code string }
	if err := t.staff["berit"].Post(ctx, "/v1/"+p.Name+":issueCode", map[string]any{}, &code); err != nil {
		return err
	}
	family := restclient.New(t.REST, "") // a family has no account, only handle and code
	confirmation := map[string]any{"handle": code.Handle, "code": "00000000", "answer": "PAYMENT_ANSWER_RECEIVED"}
	if tryWrong && code.Code != "00000000" {
		if err := refused("a wrong code", family.Post(ctx, "/v1/confirmations", confirmation, nil),
			"CODE_REFUSED", "NOT_FOUND", "PERMISSION_DENIED"); err != nil {
			return err
		}
	}
	confirmation["code"] = code.Code
	if err := patiently(ctx, func() error { return family.Post(ctx, "/v1/confirmations", confirmation, nil) }); err != nil {
		return err
	}
	return t.staff["tomas"].Get(ctx, "/v1/"+p.Name, &p)
}

// receipts opens the first donor's receipt.
func (t *teller) receipts(ctx context.Context) error {
	var receipt struct {
		Amount        amount `json:"amount"`
		DonationState string `json:"donationState"`
		Funds         []struct {
			DisplayName      string `json:"displayName"`
			Received         amount `json:"received"`
			PassedOn         amount `json:"passedOn"`
			Families         int    `json:"families"`
			SumsWithheld     bool   `json:"sumsWithheld"`
			FamiliesWithheld bool   `json:"familiesWithheld"`
			PublishedThrough string `json:"publishedThrough"`
		} `json:"funds"`
	}
	donor := restclient.New(t.REST, "")
	if err := donor.Post(ctx, "/v1/receipts:open", map[string]any{"receiptToken": t.tokens[0]}, &receipt); err != nil {
		return err
	}
	if receipt.Amount != euros(5000) || receipt.DonationState != "DONATION_STATE_SUCCEEDED" || len(receipt.Funds) != 1 {
		return fmt.Errorf("the receipt says %+v", receipt)
	}
	wrong := t.tokens[0][:42] + "A"
	if wrong == t.tokens[0] {
		wrong = t.tokens[0][:42] + "E"
	}
	if err := refused("an unknown receipt token", donor.Post(ctx, "/v1/receipts:open",
		map[string]any{"receiptToken": wrong}, nil), "NOT_FOUND"); err != nil {
		return err
	}
	f := receipt.Funds[0]
	t.summary.Received = f.Received.String()
	if f.SumsWithheld {
		t.say("The first donor opens the receipt: %s given; too few have given for its fund's sums to be told; no name anywhere.", receipt.Amount)
		return nil
	}
	t.say("The first donor opens the receipt: %s given, its fund received about %s and passed on about %s; no name anywhere.",
		receipt.Amount, f.Received, f.PassedOn)
	return nil
}

// patiently repeats a call that was refused for coming too fast.
func patiently(ctx context.Context, call func() error) error {
	for {
		err := call()
		var p *restclient.Problem
		if !errors.As(err, &p) || p.Status != 429 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}
