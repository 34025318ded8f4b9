package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

// Only roles of staff are granted: a person who is a partner too would pass for one.
func TestOnlyRolesOfStaffAreGranted(t *testing.T) {
	t.Parallel()
	got, err := parseRoles([]string{"caseworker", "protection-officer", "AUDITOR"})
	want := []policyv1.Role{policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_PROTECTION_OFFICER, policyv1.Role_ROLE_AUDITOR}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"", "anyone", "partner", "partner-public", "donor", "family", "unspecified", "king", "case worker"} {
		if got, err := parseRoles([]string{"auditor", bad}); err == nil || !strings.Contains(err.Error(), "--role "+bad) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}

func TestATokenIsAskedForByTheSubject(t *testing.T) {
	t.Parallel()
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		switch string(body) {
		case `{"subject":"a\"b"}`:
			_, _ = io.WriteString(w, `{"access_token":"t-1"}`)
		case `{"subject":"none"}`:
			_, _ = io.WriteString(w, `{}`)
		default:
			http.Error(w, "refused", http.StatusForbidden)
		}
	}))
	t.Cleanup(issuer.Close)
	if token, err := fetchToken(t.Context(), issuer.URL, `a"b`); err != nil || token != "t-1" {
		t.Errorf("got %q, %v", token, err)
	}
	for _, subject := range []string{"none", "other"} {
		if token, err := fetchToken(t.Context(), issuer.URL, subject); err == nil || token != "" {
			t.Errorf("%s: got %q, %v", subject, token, err)
		}
	}
}

// A live key in a development installation would move real money.
func TestOnlyTestKeysOfStripeAreTaken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		key, secret string
		taken       bool
	}{
		{"", "", true}, {"sk_test_1", "whsec_1", true}, {"rk_test_1", "whsec_1", true}, {"sk_test_1", "", false},
		{"sk_live_1", "whsec_1", false}, {"rk_live_1", "whsec_1", false}, {"pk_test_1", "whsec_1", false}, {" sk_test_1", "whsec_1", false},
	} {
		if err := (&runCommand{StripeKey: test.key, StripeWebhookSecret: test.secret}).check(); (err == nil) != test.taken {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

// The byte that a demonstration changes is one of a leaf, not of a length.
func TestAByteOfALeafIsChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	leaf := append([]byte{0, 100}, make([]byte, 100)...)
	before := slices.Concat(leaf, leaf, leaf, leaf)
	path := filepath.Join(dir, "000")
	for name, content := range map[string][]byte{"000": before, "001": before} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := changeByte(dir); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || len(after) != len(before) {
		t.Fatalf("%d bytes, %v", len(after), err)
	}
	var changed []int
	for i := range after {
		if after[i] != before[i] {
			changed = append(changed, i)
		}
	}
	if len(changed) != 1 || changed[0]%len(leaf) < 2 {
		t.Errorf("changed %v", changed)
	}
	if other, err := os.ReadFile(filepath.Join(dir, "001")); err != nil || !slices.Equal(other, before) {
		t.Errorf("another file was changed, %v", err)
	}
}
