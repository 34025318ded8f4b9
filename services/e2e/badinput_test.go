package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// attempt is one bad request and how it must be refused.
type attempt struct {
	name   string
	token  string
	method string // POST where empty
	path   string
	body   string
	kind   string // content type, JSON where empty
	status int
	field  string // that a violation must name, empty for none
}

func TestBadInputIsRefusedNamingTheFieldAndChangesNothing(t *testing.T) {
	t.Parallel()
	i := start(t, dataFolder(t))
	s := i.cast()
	before := s.books(t)
	for _, a := range slices.Concat(s.badPledges(), s.badFunds(), s.badFamilies(), s.badMoney(), s.badCallers(), s.badTokens()) {
		t.Run(a.name, func(t *testing.T) {
			problem := a.send(t, i.state.REST)
			if problem.Status != a.status || problem.Reason == "" || problem.Code == "" {
				t.Errorf("got %d %s %s: %s, want %d", problem.Status, problem.Code, problem.Reason, problem.Detail, a.status)
			}
			if a.field == "" {
				return
			}
			for _, v := range problem.Violations {
				if v.Field == a.field && v.Description != "" {
					return
				}
			}
			t.Errorf("no violation names %s: %+v", a.field, problem)
		})
	}
	if after := s.books(t); after != before {
		t.Errorf("bad input changed the books:\n%s\n%s", before, after)
	}
}

// cast is a set of callers, with something that exists for each to get wrong.
type cast struct {
	i                                         *installation
	operator, caseworker, verifier, treasurer string
	auditor, partner                          string
	prisoner, family                          string
}

func (i *installation) cast() *cast {
	c := &cast{
		i: i, operator: i.token("olena", "operator"), caseworker: i.token("kasia", "caseworker"),
		verifier: i.token("adam", "verifier"), treasurer: i.token("tomas", "treasurer"), auditor: i.token("otto", "auditor"),
	}
	c.partner = c.create(c.operator, "/v1/partners", `{"displayName":"P","returnUrls":["https://partner.example/thanks"]}`)["secretKey"].(string)
	c.importList()
	var list struct{ Prisoners []struct{ Name string } }
	c.read(c.caseworker, "/v1/prisoners?pageSize=1", &list)
	c.prisoner = list.Prisoners[0].Name
	c.family = c.create(c.caseworker, "/v1/families", `{"prisoner":"`+c.prisoner+`","countryCode":"LT"}`)["name"].(string)
	c.create(c.caseworker, "/v1/"+c.family+"/consents", `{"purpose":"CONSENT_PURPOSE_AID","givenOn":"2026-01-01"}`)
	return c
}

func (c *cast) badPledges() []attempt {
	pledge := func(amount, rest string) string {
		return `{"amount":` + amount + `,"returnUrl":"https://partner.example/thanks"` + rest + `}`
	}
	const (
		fifty   = `{"minorUnits":"5000","currencyCode":"EUR"}`
		general = `,"designations":[{"fund":"funds/general"}]`
	)
	post := func(name, body, field string) attempt {
		return attempt{name: name, token: c.partner, path: "/v1/pledges", body: body, status: 400, field: field}
	}
	return []attempt{
		post("zero", pledge(`{"minorUnits":"0","currencyCode":"EUR"}`, general), "amount.minorUnits"),
		post("negative", pledge(`{"minorUnits":"-1","currencyCode":"EUR"}`, general), "amount.minorUnits"),
		post("the largest amount there is", pledge(`{"minorUnits":"9223372036854775807","currencyCode":"EUR"}`, general), "amount.minorUnits"),
		post("more than fits", pledge(`{"minorUnits":"9223372036854775808","currencyCode":"EUR"}`, general), "amount.minorUnits"),
		post("a decimal", pledge(`{"minorUnits":"10.00","currencyCode":"EUR"}`, general), "amount.minorUnits"),
		post("an exponent", pledge(`{"minorUnits":1e3,"currencyCode":"EUR"}`, general), "amount.minorUnits"),
		post("no number", pledge(`{"minorUnits":NaN,"currencyCode":"EUR"}`, general), ""),
		post("lower case currency", pledge(`{"minorUnits":"5000","currencyCode":"eur"}`, general), "amount.currencyCode"),
		post("unknown currency", pledge(`{"minorUnits":"5000","currencyCode":"XYZ"}`, general), "amount.currencyCode"),
		post("retired currency", pledge(`{"minorUnits":"5000","currencyCode":"DEM"}`, general), "amount.currencyCode"),
		post("a sum with the tip that overflows", pledge(fifty, general+`,"tip":{"minorUnits":"9223372036854775807","currencyCode":"EUR"}`), "amount.minorUnits"),
		post("a tip of nothing", pledge(fifty, general+`,"tip":{"minorUnits":"0","currencyCode":"EUR"}`), "tip.minorUnits"),
		post("a tip in another currency", pledge(fifty, general+`,"tip":{"minorUnits":"1","currencyCode":"USD"}`), "tip.currencyCode"),
		{name: "a closed fund", token: c.partner, path: "/v1/pledges", body: pledge(fifty, `,"designations":[{"fund":"`+c.closedFund()+`"}]`), status: 409},
		post("no amount", `{"returnUrl":"https://partner.example/thanks","designations":[{"fund":"funds/general"}]}`, "amount"),
		post("no fund", pledge(fifty, ""), "designations"),
		post("an unknown fund", pledge(fifty, `,"designations":[{"fund":"funds/nowhere"}]`), "designations[0].fund"),
		post("a foreign return address", `{"amount":`+fifty+general+`,"returnUrl":"https://evil.example/"}`, "returnUrl"),
		post("an unknown field", pledge(fifty, general+`,"donorName":"x"`), "donorName"),
		post("a field twice", pledge(fifty, general+`,"returnUrl":"https://partner.example/thanks"`), "returnUrl"),
		post("no JSON", `hello`, ""),
		{name: "another content type", token: c.partner, path: "/v1/pledges", body: "amount=5000", kind: "application/x-www-form-urlencoded", status: 415},
		{name: "a body too large", token: c.partner, path: "/v1/pledges", body: `{"x":"` + strings.Repeat("a", 70<<10) + `"}`, status: 413},
		{name: "a forged webhook", path: "/webhooks/stripe", body: `{"id":"evt_1"}`, status: 400},
	}
}

// closedFund is a fund that takes no more gifts.
func (c *cast) closedFund() string {
	name := c.create(c.treasurer, "/v1/funds?fundId=ended", `{"displayName":"Ended","currencyCodes":["EUR"]}`)["name"].(string)
	c.create(c.treasurer, "/v1/"+name+":close", `{}`)
	return name
}

func (c *cast) badFunds() []attempt {
	post := func(name, rest, field string) attempt {
		return attempt{
			name: name, token: c.treasurer, path: "/v1/funds?fundId=bad", status: 400, field: field,
			body: `{"displayName":"Bad","currencyCodes":["EUR"],` + rest + `}`,
		}
	}
	return []attempt{
		post("a rule that does not compile", `"rule":"category =="`, "rule"),
		post("a rule that is neither true nor false", `"rule":"family.children"`, "rule"),
		post("a rule about what is not there", `"rule":"family.name == \"LT\""`, "rule"),
		post("a rule with a word that is none", `"rule":"category == \"Food\""`, "rule"),
		post("an example that the rule denies", `"rule":"family.elderly","examples":[{"elderly":true,"eligible":false}]`, "examples[0].eligible"),
		post("a goal of nothing", `"goal":{"minorUnits":"0","currencyCode":"EUR"}`, "goal.minorUnits"),
		post("a goal in another currency", `"goal":{"minorUnits":"1","currencyCode":"USD"}`, "goal.currencyCode"),
		post("a day that is none", `"takesFrom":"2026-02-30"`, "takesFrom"),
		post("a share above a tenth", `"reserveBasisPoints":1001`, "reserveBasisPoints"),
		post("a share of a full promise", `"promisesFullGift":true,"operationsBasisPoints":1`, "operationsBasisPoints"),
		{name: "a rule for fewer than ten families", token: c.treasurer, path: "/v1/funds?fundId=bad", status: 409,
			body: `{"displayName":"Bad","currencyCodes":["EUR"],"rule":"family.country == \"IS\""}`},
		{name: "a version of the reserve", token: c.treasurer, path: "/v1/funds/reserve/versions", body: `{"displayName":"Bad","currencyCodes":["EUR"]}`, status: 409},
	}
}

func (c *cast) badFamilies() []attempt {
	family := "/v1/" + c.family
	return []attempt{
		{name: "an unknown prisoner", token: c.caseworker, path: "/v1/families", body: `{"prisoner":"prisoners/pr_00000000000000000000000000","countryCode":"LT"}`, status: 400, field: "prisoner"},
		{name: "an unknown country", token: c.caseworker, path: "/v1/families", body: `{"prisoner":"` + c.prisoner + `","countryCode":"XX"}`, status: 400, field: "countryCode"},
		{name: "a member older than 130", token: c.caseworker, path: family + "/members", body: `{"fullName":"Made-up","relationship":"RELATIONSHIP_SPOUSE","birthYear":1800}`, status: 400, field: "birthYear"},
		{name: "an impossible account", token: c.caseworker, path: family + "/destinations", body: `{"bankAccount":{"accountHolder":"Made-up","iban":"LT001000011101001000","countryCode":"LT","town":"Vilnius"}}`, status: 400, field: "bankAccount.iban"},
		{name: "a destination without a form", token: c.caseworker, path: family + "/destinations", body: `{}`, status: 400, field: "bankAccount"},
		{name: "two forms at once", token: c.caseworker, path: family + "/destinations", body: `{"wallet":{"network":"WALLET_NETWORK_BITCOIN","address":"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"},"collector":{"fullName":"Made-up","countryCode":"LT","town":"Vilnius"}}`, status: 400},
		{name: "a wallet's address with a typing error", token: c.caseworker, path: family + "/destinations", body: `{"wallet":{"network":"WALLET_NETWORK_ETHEREUM","address":"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"}}`, status: 400, field: "wallet.address"},
		{name: "a parcel of nothing", token: c.caseworker, path: family + "/destinations", body: `{"parcel":{"recipient":"Made-up","address":"Made-up street 1","countryCode":"BY","items":[]}}`, status: 400, field: "parcel.items"},
		{name: "consent in the future", token: c.caseworker, path: family + "/consents", body: `{"purpose":"CONSENT_PURPOSE_AID","givenOn":"2999-01-01"}`, status: 400, field: "givenOn"},
		{name: "verification before submission", token: c.caseworker, path: family + ":proposeVerification", body: `{}`, status: 409},
		{name: "a caseworker who confirms", token: c.caseworker, path: family + ":confirmVerification", body: `{}`, status: 403},
		{name: "another caseworker's case", token: c.i.token("ines", "caseworker"), method: http.MethodGet, path: family, status: 404},
		{name: "a case that is not there", token: c.caseworker, method: http.MethodGet, path: "/v1/families/f_00000000000000000000000000", status: 404},
		{name: "a list with a wrong header", token: c.caseworker, path: "/v1/prisonerImports?sourceList=x1", body: "a,b,c\n1,2,3\n", kind: "text/csv", status: 400, field: "file"},
		{name: "approval for an unverified family", token: c.verifier, path: "/v1/" + c.request() + ":approve", body: `{}`, status: 409},
	}
}

// request is an aid request of the family that nobody has verified.
func (c *cast) request() string {
	return c.create(c.caseworker, "/v1/"+c.family+"/aidRequests",
		`{"category":"AID_CATEGORY_FOOD","amount":{"minorUnits":"4000","currencyCode":"EUR"}}`)["name"].(string)
}

func (c *cast) badMoney() []attempt {
	return []attempt{
		{name: "a round over money that is not there", token: c.treasurer, path: "/v1/allocationRounds", body: `{"currencyCode":"EUR","budgets":[{"fund":"funds/general","amount":{"minorUnits":"100000000","currencyCode":"EUR"}}]}`, status: 409},
		{name: "a round in an unknown currency", token: c.treasurer, path: "/v1/allocationRounds", body: `{"currencyCode":"XYZ","budgets":[]}`, status: 400, field: "currencyCode"},
		{name: "a plan for an unknown round", token: c.treasurer, path: "/v1/paymentPlans", body: `{"allocationRound":"allocationRounds/r_00000000000000000000000000","rail":"sepa"}`, status: 400, field: "allocationRound"},
		{name: "a statement that is not XML", token: c.treasurer, path: "/v1/statements", body: "hello", kind: "application/xml", status: 400},
		{name: "an adjustment of a limited account below zero", token: c.treasurer, path: "/v1/ledger/adjustments:propose", body: `{"adjustment":{"kind":"ADJUSTMENT_KIND_TRANSFER","debitAccount":"fund:general:nowhere","creditAccount":"fund:operations:available","amount":{"minorUnits":"1","currencyCode":"EUR"},"occurredOn":"2026-01-01","evidenceSha256":"` + strings.Repeat("B", 42) + `A="}}`, status: 400, field: "adjustment.debitAccount"},
	}
}

func (c *cast) badCallers() []attempt {
	return []attempt{
		{name: "nobody", path: "/v1/pledges", body: `{}`, status: 401},
		{name: "a made-up token", token: "eyJhbGciOiJub25lIn0.e30.", method: http.MethodGet, path: "/v1/families", status: 401},
		{name: "a made-up key", token: "sk_test_0000000000000000000000", method: http.MethodGet, path: "/v1/donations", status: 401},
		{name: "an auditor who looks for families", token: c.auditor, method: http.MethodGet, path: "/v1/families", status: 403},
		{name: "an auditor who looks for prisoners", token: c.auditor, method: http.MethodGet, path: "/v1/prisoners", status: 403},
		{name: "a treasurer who registers a family", token: c.treasurer, path: "/v1/families", body: `{}`, status: 403},
		{name: "a path that is not there", token: c.auditor, method: http.MethodGet, path: "/v1/nothing", status: 404},
		{name: "an internal method", token: c.treasurer, path: "/solidarity.ledger.v1.PostingService/Post", body: `{}`, status: 404},
		{name: "an unknown receipt", path: "/v1/receipts:open", body: `{"receiptToken":"` + strings.Repeat("A", 43) + `"}`, status: 404},
		{name: "a page token that was made up", token: c.auditor, method: http.MethodGet, path: "/v1/ledger/transactions?pageToken=abc", status: 400, field: "pageToken"},
		{name: "a filter that is none", token: c.auditor, method: http.MethodGet, path: "/v1/ledger/transactions?filter=%27%3B%20DROP", status: 400, field: "filter"},
	}
}

type problem struct {
	Status               int
	Code, Reason, Detail string
	Violations           []struct{ Field, Description string }
}

func (a attempt) send(t *testing.T, base string) problem {
	t.Helper()
	method, kind := a.method, a.kind
	if method == "" {
		method = http.MethodPost
	}
	if kind == "" {
		kind = "application/json"
	}
	req, err := http.NewRequestWithContext(t.Context(), method, base+a.path, bytes.NewReader([]byte(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Idempotency-Key", "bad input: "+a.name)
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	p := problem{Status: resp.StatusCode}
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type %q: %s", got, b)
		return p
	}
	if err := json.Unmarshal(b, &p); err != nil {
		t.Errorf("%v: %s", err, b)
	}
	if p.Status != resp.StatusCode {
		t.Errorf("the problem says %d, the answer %d", p.Status, resp.StatusCode)
	}
	return p
}
