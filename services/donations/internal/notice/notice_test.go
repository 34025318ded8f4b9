package notice_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/notice"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func noon() time.Time { return time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC) }

func TestWhereNoMessageIsSent(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{ // in production, and in development
		"":                                              "no no",
		"https://a.example/hooks":                       "yes yes",
		"https://a.example:8443/":                       "yes yes",
		"https://1.1.1.1/":                              "yes yes",
		"http://a.example/hooks":                        "no no",
		"ftp://a.example/":                              "no no",
		"a.example":                                     "no no",
		"https://u:p@a.example/":                        "no no",
		"https://a.example/?token=1":                    "no no",
		"https://a.example/#x":                          "no no",
		"https://10.0.0.1/":                             "no no",
		"https://169.254.169.254/":                      "no no",
		"https://[::ffff:10.0.0.1]/":                    "no no",
		"https://[fd00::1]/":                            "no no",
		"https://localhost/":                            "no yes",
		"https://127.0.0.1:9/":                          "no yes",
		"http://127.0.0.1:9/hooks":                      "no yes",
		"http://[::1]:9/":                               "no yes",
		"https://a.example/4242424242424242":            "no no",
		"https://a.example/" + strings.Repeat("a", 500): "no no",
	} {
		var got []string
		for _, loopback := range []bool{false, true} {
			_, err := notice.NewEndpoint("pt_1", address, loopback, noon())
			switch f := fault.As(err); {
			case err == nil:
				got = append(got, "yes")
			case f != nil && f.Violations[0].Field == "webhookEndpoint.url":
				got = append(got, "no")
			}
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%q: %s, want %s", address, g, want)
		}
	}
}

// A receiver checks a signature as the standard has it: HMAC-SHA-256 of id, timestamp and
// body under the decoded secret.
func TestASignatureIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	// given the example of the standard
	s := notice.Secrets{Current: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	got, err := s.Signature("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), nil, []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	// and any message, at any time of a rotation
	rapid.Check(t, func(t *rapid.T) {
		before := notice.NewSecrets(notice.Secrets{})
		now := notice.NewSecrets(before)
		at, until := noon().Add(time.Duration(rapid.IntRange(-9, 9).Draw(t, "hours"))*time.Hour), noon()
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		header, err := now.Signature("wd_1", at, &until, body)
		if err != nil {
			t.Fatal(err)
		}
		for secret, want := range map[string]bool{now.Current: true, before.Current: at.Before(until), notice.NewSecrets(now).Current: false} {
			if got := verify(secret, "wd_1", at.Unix(), header, body); got != want {
				t.Errorf("at %v: %v, want %v", at, got, want)
			}
		}
	})
}

// verify is the algorithm of a receiver.
func verify(secret, id string, timestamp int64, header string, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, timestamp, body)
	for _, s := range strings.Split(header, " ") {
		version, signature, _ := strings.Cut(s, ",")
		if got, err := base64.StdEncoding.DecodeString(signature); version == "v1" && err == nil && hmac.Equal(got, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

func TestAMessageIsTriedTenTimesWithinFourDays(t *testing.T) {
	t.Parallel()
	want := []time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
	for i, pause := range want {
		least, most := notice.Pause(i, 0), notice.Pause(i, 0.999)
		if least != time.Duration(float64(pause)*0.9) || most > pause*11/10 || pause > 0 && most <= pause {
			t.Errorf("before attempt %d: %v to %v, about %v", i+1, least, most, pause)
		}
	}
	if notice.MaxAttempts != len(want) {
		t.Errorf("%d attempts", notice.MaxAttempts)
	}
	failed := notice.Result{Status: 500, Failure: notice.Status}
	if failed.Ended(9) != notice.Pending || failed.Ended(10) != notice.Failed || (notice.Result{Status: 204}).Ended(1) != notice.Delivered {
		t.Error("how attempts end")
	}
}

func TestABodyHasIDsAndStatesOnly(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]notice.Change{
		`{"type":"pledge.fulfilled","timestamp":"2026-12-01T12:00:00Z","data":{"name":"pledges/pg_1","state":"FULFILLED"}}`:                                      {notice.Pledge, "pg_1", "", "FULFILLED"},
		`{"type":"donation.succeeded","timestamp":"2026-12-01T12:00:00Z","data":{"name":"donations/d_1","state":"SUCCEEDED","pledge":"pledges/pg_1"}}`:           {notice.Donation, "d_1", "pg_1", "SUCCEEDED"},
		`{"type":"refund.pending","timestamp":"2026-12-01T12:00:00Z","data":{"name":"donations/d_1/refunds/rf_1","state":"PENDING","donation":"donations/d_1"}}`: {notice.Refund, "rf_1", "d_1", "PENDING"},
		`{"type":"dispute.open","timestamp":"2026-12-01T12:00:00Z","data":{"name":"donations/d_1/disputes/dp_1","state":"OPEN","donation":"donations/d_1"}}`:     {notice.Dispute, "dp_1", "d_1", "OPEN"},
	} {
		if got, err := c.Body(noon()); err != nil || string(got) != want {
			t.Errorf("%s, %v\nwant %s", got, err, want)
		}
	}
}

func TestAnEndpointIsDisabledAndEnabledAgain(t *testing.T) {
	t.Parallel()
	e, err := notice.NewEndpoint("pt_1", "https://a.example/", false, noon())
	if err != nil || e.State != notice.Enabled {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, err := e.Take(notice.Enable); !fault.Is(err, fault.ReasonIllegalState) {
		t.Errorf("enabled twice: %v", err)
	}
	off, err := e.Take(notice.Disable)
	if err != nil || off.State != notice.Disabled || off.Version != e.Version+1 {
		t.Errorf("disabled: %+v, %v", off, err)
	}
	for _, hours := range []int32{-1, 169} {
		if _, err := e.Rotated(&hours, noon()); fault.As(err) == nil {
			t.Errorf("an overlap of %d hours: %v", hours, err)
		}
	}
	if r, err := e.Rotated(nil, noon()); err != nil || !r.OldUntil.Equal(noon().Add(24*time.Hour)) || r.SecretsVersion != 2 {
		t.Errorf("rotated: %+v, %v", r, err)
	}
}
