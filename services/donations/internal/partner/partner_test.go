package partner_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestWhatAPartnerMayNotBe(t *testing.T) {
	t.Parallel()
	long := make([]string, 21)
	for i := range long {
		long[i] = "https://a.example/"
	}
	for name, c := range map[string]struct {
		display          string
		origins, returns []string
		field            string
	}{
		"no name":             {" ", nil, []string{"https://a.example/"}, "displayName"},
		"long name":           {strings.Repeat("ж", 101), nil, []string{"https://a.example/"}, "displayName"},
		"card number":         {"4242 4242 4242 4242", nil, []string{"https://a.example/"}, "displayName"},
		"no return address":   {"A", nil, nil, "returnUrls"},
		"too many":            {"A", nil, long, "returnUrls"},
		"plain http":          {"A", nil, []string{"http://a.example/"}, "returnUrls[0]"},
		"script":              {"A", nil, []string{"javascript:alert(1)"}, "returnUrls[0]"},
		"no path":             {"A", nil, []string{"https://a.example"}, "returnUrls[0]"},
		"with a query":        {"A", nil, []string{"https://a.example/?x"}, "returnUrls[0]"},
		"with a bare query":   {"A", nil, []string{"https://a.example/?"}, "returnUrls[0]"},
		"with a fragment":     {"A", nil, []string{"https://a.example/#x"}, "returnUrls[0]"},
		"with a user":         {"A", nil, []string{"https://u@a.example/"}, "returnUrls[0]"},
		"capital host":        {"A", nil, []string{"https://A.example/"}, "returnUrls[0]"},
		"card number beneath": {"A", nil, []string{"https://a.example/4242424242424242"}, "returnUrls[0]"},
		"origin with path":    {"A", []string{"https://a.example/"}, []string{"https://a.example/"}, "origins[0]"},
		"any origin":          {"A", []string{"*"}, []string{"https://a.example/"}, "origins[0]"},
		"second origin":       {"A", []string{"https://a.example", "ftp://a.example"}, []string{"https://a.example/"}, "origins[1]"},
	} {
		_, err := partner.New(c.display, c.origins, c.returns, time.Now())
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != c.field {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
}

func TestWhereADonorMayBeSentBackTo(t *testing.T) {
	t.Parallel()
	p, err := partner.New("A", []string{"https://a.example"}, []string{"https://a.example/thanks/", "https://a.example/done", "http://localhost:3000/"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"https://a.example/thanks/":                     true,
		"https://a.example/thanks/a/b":                  true,
		"https://a.example/done":                        true,
		"http://localhost:3000/x":                       true,
		"https://a.example/thanks":                      false,
		"https://a.example/done/":                       false,
		"https://a.example/done/x":                      false,
		"https://a.example/thanks/../admin":             false,
		"https://a.example/thanks/%2e%2e/x":             false,
		"https://a.example/thanks/..%2fx":               false,
		"https://a.example/thanks/?next=x":              false,
		"https://a.example/thanks/#x":                   false,
		"https://a.example:8443/thanks/":                false,
		"https://a.example@b.example/":                  false,
		"https://a.example.b.example/":                  false,
		"http://a.example/thanks/":                      false,
		"//a.example/thanks/":                           false,
		"https://a.example/thanks/\\b":                  false,
		"https://a.example/thanks/\n":                   false,
		"":                                              false,
		"https://a.example/" + strings.Repeat("a", 600): false,
	} {
		if got := p.AllowsReturn(address); got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
	if !p.AllowsOrigin("https://a.example") || p.AllowsOrigin("https://b.example") || p.AllowsOrigin("") {
		t.Error("origins")
	}
}

func TestAKeyIsKnownByItsHashOnly(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, kind := range []partner.KeyKind{partner.Publishable, partner.Secret} {
		for _, mode := range []partner.Mode{partner.Test, partner.Live} {
			k, credential, err := partner.NewKey("p_1", kind, mode, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if seen[credential] || !bytes.Equal(k.SHA256, partner.Digest(credential)) || !strings.HasPrefix(credential, k.Prefix) || len(k.Prefix) != 12 {
				t.Errorf("key %+v", k)
			}
			seen[credential] = true
			if !partner.IsCredential(credential) || partner.CheckMode(credential, mode) != nil || partner.CheckMode(credential, !mode) == nil {
				t.Errorf("%s is taken for what it is not", k.Prefix)
			}
		}
	}
	if _, _, err := partner.NewKey("p_1", "", partner.Test, time.Now()); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("no kind: %v", err)
	}
}
