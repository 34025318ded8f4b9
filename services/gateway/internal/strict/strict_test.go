package strict_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/strict"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func descriptor(m proto.Message) protoreflect.MessageDescriptor { return m.ProtoReflect().Descriptor() }

// wrongField returns the field that a fault names, its reason where it names
// none, and "" for no fault.
func wrongField(err error) string {
	f := fault.As(err)
	switch {
	case f == nil:
		return ""
	case len(f.Violations) == 0:
		return string(f.Reason)
	default:
		return f.Violations[0].Field
	}
}

func TestBodiesOfAPledge(t *testing.T) {
	t.Parallel()
	const broken = "MALFORMED_BODY"
	for body, want := range map[string]string{
		// As clients write them.
		`{}`: "",
		`{"amount": {"minorUnits": "5000", "currencyCode": "EUR"}}`:              "",
		`{"amount": {"minorUnits": 5000, "currencyCode": "EUR"}}`:                "",
		`{"amount": {"minor_units": "5000", "currency_code": "EUR"}}`:            "",
		`{"designations": [{"fund": "funds/general"}]}`:                          "",
		`{"amount": null, "designations": []}`:                                   "",
		` {"returnUrl" : "https://partner.example/thanks"} `:                     "",
		`{"receiptTokenSha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}`: "",
		`{"createTime": "2026-11-24T12:00:00Z"}`:                                 "",

		// Bytes in each spelling of ProtoJSON: both alphabets, with padding and without.
		`{"receiptTokenSha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"}`:  "",
		`{"receiptTokenSha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU="}`: "",
		`{"receiptTokenSha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}`:  "",
		`{"receiptTokenSha256": "47DEQpj8HBSa+_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"}`:  "receiptTokenSha256",
		`{"receiptTokenSha256": "47DEQ"}`:                                        "receiptTokenSha256",
		`{"receiptTokenSha256": "AA="}`:                                          "receiptTokenSha256",

		// Whole numbers, and nothing that is nearly one.
		`{"amount": {"minorUnits": "-1"}}`:                    "",
		`{"amount": {"minorUnits": "10.00"}}`:                 "amount.minorUnits",
		`{"amount": {"minorUnits": 10.00}}`:                   "amount.minorUnits",
		`{"amount": {"minorUnits": 10.5}}`:                    "amount.minorUnits",
		`{"amount": {"minorUnits": 1e3}}`:                     "amount.minorUnits",
		`{"amount": {"minorUnits": "1e3"}}`:                   "amount.minorUnits",
		`{"amount": {"minorUnits": "+1"}}`:                    "amount.minorUnits",
		`{"amount": {"minorUnits": "01"}}`:                    "amount.minorUnits",
		`{"amount": {"minorUnits": " 1"}}`:                    "amount.minorUnits",
		`{"amount": {"minorUnits": "0x10"}}`:                  "amount.minorUnits",
		`{"amount": {"minorUnits": "١"}}`:                     "amount.minorUnits",
		`{"amount": {"minorUnits": ""}}`:                      "amount.minorUnits",
		`{"amount": {"minorUnits": true}}`:                    "amount.minorUnits",
		`{"amount": {"minorUnits": [1]}}`:                     "amount.minorUnits",
		`{"amount": {"minorUnits": "9223372036854775808"}}`:   "amount.minorUnits",
		`{"amount": {"minorUnits": 99999999999999999999999}}`: "amount.minorUnits",

		// Keys.
		`{"amuont": {}}`:           "amuont",
		`{"amount": {"units": 1}}`: "amount.units",
		`{"Amount": {}}`:           "Amount",
		`{"designations": [{"fund": "a"}, {"fnud": "b"}]}`: "designations[1].fnud",
		`{"amount": {}, "amount": {}}`:                     "amount",
		`{"amount": {"minorUnits": 1, "minor_units": 2}}`:  "amount.minorUnits",
		`{"": 1}`:                                "?",
		`{"4242 4242 4242 4242": 1}`:             "?",
		`{"` + strings.Repeat("a", 50) + `": 1}`: "?",

		// Kinds.
		`{"amount": []}`:                        "amount",
		`{"amount": "5000"}`:                    "amount",
		`{"designations": {}}`:                  "designations",
		`{"designations": [null]}`:              "designations[0]",
		`{"designations": ["funds/general"]}`:   "designations[0]",
		`{"returnUrl": 1}`:                      "returnUrl",
		`{"returnUrl": ["x"]}`:                  "returnUrl",
		`{"returnUrl": "a\u0000b"}`:             "returnUrl",
		`{"state": "PAID"}`:                     "state",
		`{"state": 1}`:                          "state",
		`{"receiptTokenSha256": "not base 64"}`: "receiptTokenSha256",
		`{"createTime": "yesterday"}`:           "createTime",
		`{"createTime": {}}`:                    "createTime",

		// Not JSON, not one value, not an object, not text.
		``: broken, ` `: broken, `{`: broken, `{"amount": }`: broken, `{} {}`: broken, `{}]`: broken, `{},`: broken,
		`{"a": 1,}`: broken, `{'a': 1}`: broken, `null`: broken, `[]`: broken, `"x"`: broken, `1`: broken, `NaN`: broken,
		"{\"returnUrl\": \"\xff\"}": broken, "{\"returnUrl\": \"\x00\"}": broken, "\ufeff{}": broken, `{} // x`: broken,
		`{"amount": ` + strings.Repeat(`[`, 30) + strings.Repeat(`]`, 30) + `}`: broken,
	} {
		if got := wrongField(strict.Body(descriptor(&donationsv1.Pledge{}), []byte(body))); got != want {
			t.Errorf("%.80s: %q, not %q", body, got, want)
		}
	}
}

func TestAFaultNeverRepeatsAValue(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"amount": {"minorUnits": "MARK"}}`, `{"state": "MARK"}`, `{"createTime": "MARK"}`,
		`{"receiptTokenSha256": "MARK!"}`, `{"returnUrl": {"MARK1": 1}}`, `{"MARK 1": 2}`,
	} {
		err := strict.Body(descriptor(&donationsv1.Pledge{}), []byte(body))
		if err == nil || strings.Contains(err.Error(), "MARK") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestQueriesOfAList(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                               "",
		"pageSize=10&pageToken=abc":      "",
		"page_size=10":                   "",
		"pageSize=":                      "pageSize",
		"pageSize=1.0":                   "pageSize",
		"pageSize=1e1":                   "pageSize",
		"pageSize=4294967296":            "pageSize",
		"pageSize=1&pageSize=2":          "pageSize",
		"pageSize=1&page_size=2":         "pageSize",
		"pageToken=%00":                  "pageToken",
		"pageToken=%ff":                  "pageToken",
		"size=1":                         "size",
		"pageSize.x=1":                   "?",
		"%":                              "MALFORMED_QUERY",
		"pageSize=1;pageToken=2":         "MALFORMED_QUERY",
		"access_token=secret&pageSize=1": "access_token",
	} {
		err := strict.Query(descriptor(&accessv1.ListStaffRequest{}), query, strict.Free)
		if got := wrongField(err); got != want {
			t.Errorf("%s: %q, not %q", query, got, want)
		}
	}
}

func TestAQueryCannotFillWhatPathOrBodyFill(t *testing.T) {
	t.Parallel()
	taken := func(name protoreflect.Name) bool { return name == "name" }
	m := descriptor(&accessv1.FreezeStaffRequest{})
	if got := wrongField(strict.Query(m, "name=staff/s_other", taken)); got != "name" {
		t.Errorf("the name of the path: %q", got)
	}
	if err := strict.Query(m, "requestId=x", taken); err != nil {
		t.Error(err)
	}
}

// Whatever passes must be read by protojson, or the answer would be a fault that
// names no field.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"amount":{"minorUnits":"1","currencyCode":"EUR"},"designations":[{"fund":"funds/general"}]}`,
		`{"createTime":"2026-11-24T12:00:00Z","state":"PLEDGE_STATE_PENDING"}`, `{"receiptTokenSha256":"AA=="}`,
		`{"returnUrl":"\ud800"}`, `{"amount":{"minorUnits":-0}}`, `{"a":[[[[]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range []proto.Message{&donationsv1.Pledge{}, &accessv1.FreezeStaffRequest{}, &ledgerv1.PostRequest{}} {
			if strict.Body(descriptor(m), body) != nil {
				continue
			}
			if err := protojson.Unmarshal(body, m); err != nil {
				t.Fatalf("%q passes, but: %v", body, err)
			}
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "pageSize=1", "pageToken=%41", "a=b&a=c", "pageSize.pageSize=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		_ = strict.Query(descriptor(&accessv1.ListStaffRequest{}), query, strict.Free)
	})
}
