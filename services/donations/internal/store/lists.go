package store

import (
	"errors"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// The lists, and what a filter may ask of each.

func pledgeList() listing.List {
	return newest("pledges", "p", map[string]filter.Column{
		"partner": partnerIs("p"), "fund": gets("pledge_designations", "pledge_id", "p"),
		listing.State: {SQL: "p.state", Words: filter.Words[donationsv1.PledgeState]()},
	})
}

func checkoutList() listing.List {
	return newest("checkouts", "c", map[string]filter.Column{
		"partner":     partnerIs("c"),
		listing.State: {SQL: "c.state", Words: filter.Words[donationsv1.CheckoutState]()},
	})
}

func donationList() listing.List {
	return newest("donations", "d", map[string]filter.Column{
		"partner": partnerIs("d"), "fund": gets("donation_parts", "donation_id", "d"),
		listing.State: {SQL: "d.state", Words: filter.Words[donationsv1.DonationState]()},
		"pledge":      {SQL: "d.pledge_id", Value: resource.Pledge.Value, Few: true},
	})
}

func refundList() listing.List {
	return newest("refunds", "r", map[string]filter.Column{
		"partner":     partnerIs("r"),
		listing.State: {SQL: "r.state", Words: filter.Words[donationsv1.RefundState]()},
		"origin":      {SQL: "r.origin", Words: filter.Words[donationsv1.RefundOrigin]()},
	})
}

func disputeList() listing.List {
	return newest("disputes", "x", map[string]filter.Column{
		"partner":     partnerIs("x"),
		listing.State: {SQL: "x.state", Words: filter.Words[donationsv1.DisputeState]()},
	})
}

func itemList() listing.List {
	return newest("stripe_items", "i", map[string]filter.Column{
		listing.State: {SQL: "i.state", Words: filter.Words[donationsv1.StripeItemState]()},
		"reason":      {SQL: "i.reason"},
	})
}

func bankGiftList() listing.List {
	return newest("bank_gifts", "b", map[string]filter.Column{
		listing.State: {SQL: "CASE WHEN b.run_id IS NULL THEN 'RECEIVED' ELSE 'CLEARED' END", Words: filter.Words[donationsv1.BankGiftState]()},
		"fund":        {SQL: "b.fund_id", Value: resource.Fund.Value},
	})
}

func payoutList() listing.List {
	return newest("stripe_payouts", "o", map[string]filter.Column{
		listing.State: {SQL: "o.state", Words: filter.Words[donationsv1.StripePayoutState]()},
	})
}

func lineList() listing.List {
	return listing.List{
		Rows: "stripe_movements", Alias: "m", Keys: []listing.Key{{Name: "name", SQL: "m.id"}},
		Columns: map[string]filter.Column{"category": {SQL: "m.category"}},
	}
}

func partnerList() listing.List { return newest("partners", "partners", nil) }

// keyList is as of a time: a key that was rotated ends later.
func keyList(now time.Time) listing.List {
	return newest("partner_keys", "partner_keys", map[string]filter.Column{
		listing.State: {
			SQL:   "(CASE WHEN partner_keys.revoked_at <= '" + now.Format(time.RFC3339Nano) + "'::timestamptz THEN 'REVOKED' ELSE 'ACTIVE' END)",
			Words: filter.Words[donationsv1.KeyState](),
		},
		"kind":   {SQL: "partner_keys.kind", Words: filter.Words[donationsv1.KeyKind]()},
		"prefix": {SQL: "partner_keys.prefix"},
	})
}

func endpointList() listing.List {
	return newest("webhook_endpoints", "e", map[string]filter.Column{
		listing.State: {SQL: "e.state", Words: filter.Words[donationsv1.WebhookEndpointState]()},
	})
}

func deliveryList() listing.List {
	return newest("webhook_deliveries", "d", map[string]filter.Column{
		listing.State: {SQL: "d.state", Words: filter.Words[donationsv1.WebhookDeliveryState]()},
		"endpoint":    {SQL: "d.endpoint_id", Unordered: true, Value: endpointID},
	})
}

// endpointID reads the id of an endpoint that a filter compares with.
func endpointID(name string) (any, error) {
	_, id, err := resource.WebhookEndpoint.IDs("endpoint", name)
	if err != nil {
		return nil, errors.New("must be compared with a name of the form partners/…/webhookEndpoints/…")
	}
	return id, nil
}

func fundList() listing.List {
	return listing.List{
		Rows: "funds", Alias: "funds", Keys: []listing.Key{{Name: "name", SQL: "funds.id"}},
		Columns: fundFilter(),
	}
}

// partnerIs is the field of whose a row is.
func partnerIs(alias string) filter.Column {
	return filter.Column{SQL: alias + ".partner_id", Value: resource.Partner.Value}
}

// gets is the field of a fund that gets something of a row, by the table that says so. It
// is looked up row by row (OFFSET keeps the planner from beginning with the fund).
func gets(table, of, alias string) filter.Column {
	return filter.Column{
		SQL: "TRUE", Value: resource.Fund.Value,
		Operand: "EXISTS (SELECT 1 FROM " + table + " AS y WHERE y." + of + " = " + alias + ".id AND y.fund_id = %s OFFSET 0)",
	}
}

// versionList is of one fund's versions, by number.
func versionList() listing.List {
	return listing.List{
		Rows: "funds", Alias: "funds", Keys: []listing.Key{{Name: "number", SQL: "funds.number", Kind: listing.Number}},
		Columns: fundFilter(),
	}
}

func fundFilter() map[string]filter.Column {
	return map[string]filter.Column{listing.State: {SQL: "funds.state", Words: filter.Words[donationsv1.FundState]()}}
}

// newest is a list of rows in the order of their making, the last first.
func newest(rows, alias string, columns map[string]filter.Column) listing.List {
	return listing.List{
		Rows: rows, Alias: alias, Newest: true, Columns: columns,
		Keys: []listing.Key{
			{Name: "create_time", SQL: alias + ".created_at", Kind: listing.Time}, {Name: "name", SQL: alias + ".id"},
		},
	}
}

// within is the condition of what a scope reaches, by the column of the partner.
func (s Scope) within(column string) listing.Condition {
	if s == Everything {
		return listing.Where("TRUE")
	}
	return listing.Where(column+" = %s", string(s))
}
