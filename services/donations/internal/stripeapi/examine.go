package stripeapi

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/doctor"
)

// webhookPath is where the gateway takes Stripe's events.
const webhookPath = "/webhooks/stripe"

// telling are parts of words that must not stand on a donor's card statement, which
// banks and their governments read.
var telling = []string{"politic", "prison", "solidar", "belarus", "repress", "detain", "help", "freedom", "rights", "donat", "charity"}

// Examine says what is wrong with the account: the key, whether it can take and pay
// out money, the version of the API, the descriptor, and whether its events reach us.
// live says of which kind the account should be; wanted are the types of events that
// are needed.
func (c *Client) Examine(ctx context.Context, live bool, wanted []string) []doctor.Finding {
	r := doctor.About("Stripe")
	account, err := c.api.Accounts.Get() // takes no context; the client bounds it
	if err != nil {
		err = failed("read account", err)
	}
	switch {
	case errors.Is(err, ErrUnauthorized):
		r.Fault("Stripe does not accept the key for reading the account", "check --stripe-key; a restricted key needs the right to read the account and webhook endpoints")
		return r.Findings()
	case err != nil:
		r.Fault("Stripe does not answer: "+err.Error(), "check that this machine reaches Stripe, and https://status.stripe.com")
		return r.Findings()
	}
	examineAccount(r, account)
	c.examineWebhooks(ctx, r, live, wanted)
	return r.Findings()
}

func examineAccount(r *doctor.Report, account *stripe.Account) {
	if !account.ChargesEnabled {
		r.Fault("the account cannot take payments", "finish the account's activation in Stripe's dashboard")
	}
	if !account.PayoutsEnabled {
		r.Fault("the account cannot pay out to the bank", "finish the account's activation in Stripe's dashboard")
	}
	if answer := account.LastResponse; answer != nil {
		if version := answer.Header.Get("Stripe-Version"); version != "" && version != stripe.APIVersion {
			r.Fault(fmt.Sprintf("Stripe answers in API version %s, this program speaks %s", version, stripe.APIVersion), "run the version of this program that is meant for the account")
		}
	}
	descriptor := ""
	if account.Settings != nil && account.Settings.Payments != nil {
		descriptor = account.Settings.Payments.StatementDescriptor
	}
	remedy := "set a neutral statement descriptor in Stripe's dashboard (Settings, Public details): it stands on donors' card statements"
	switch lower := strings.ToLower(descriptor); {
	case descriptor == "":
		r.Fault("the account has no statement descriptor", remedy)
	case slices.ContainsFunc(telling, func(word string) bool { return strings.Contains(lower, word) }):
		r.Fault(fmt.Sprintf("the statement descriptor %q tells what the payment is for", descriptor), remedy)
	}
}

func (c *Client) examineWebhooks(ctx context.Context, r *doctor.Report, live bool, wanted []string) {
	p := &stripe.WebhookEndpointListParams{}
	p.Context, p.Limit = ctx, stripe.Int64(100)
	list := c.api.WebhookEndpoints.List(p)
	var ours []*stripe.WebhookEndpoint
	for list.Next() {
		if e := list.WebhookEndpoint(); strings.HasSuffix(e.URL, webhookPath) && e.Livemode == live {
			ours = append(ours, e)
		}
	}
	const remedy = "make an endpoint for https://GATEWAY" + webhookPath + " in Stripe's dashboard (Developers, Webhooks)"
	if err := list.Err(); err != nil {
		r.Fault("the webhook endpoints cannot be read: "+failed("list webhook endpoints", err).Error(), "give a restricted key the right to read them")
		return
	}
	if len(ours) == 0 {
		r.Fault("no webhook endpoint leads to "+webhookPath, remedy)
		return
	}
	enabled := slices.DeleteFunc(slices.Clone(ours), func(e *stripe.WebhookEndpoint) bool { return e.Status != "enabled" })
	if len(enabled) == 0 {
		r.Fault("the webhook endpoint is switched off", "switch it on in Stripe's dashboard; Stripe does so itself where deliveries fail for days")
		return
	}
	for _, e := range enabled {
		if !secure(e.URL) {
			r.Fault("the webhook endpoint is not reached by https", remedy)
		}
	}
	if missing := unsent(enabled, wanted); len(missing) > 0 {
		r.Fault("no webhook endpoint is sent "+strings.Join(missing, ", "), "add these events to the endpoint, or send all")
	}
}

// secure reports whether an address is one of https, or of this machine.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || err == nil && ip.IsLoopback()
}

// unsent are the wanted types that none of the endpoints is sent.
func unsent(endpoints []*stripe.WebhookEndpoint, wanted []string) []string {
	return slices.DeleteFunc(slices.Clone(wanted), func(kind string) bool {
		return slices.ContainsFunc(endpoints, func(e *stripe.WebhookEndpoint) bool {
			return slices.Contains(e.EnabledEvents, "*") || slices.Contains(e.EnabledEvents, kind)
		})
	})
}
