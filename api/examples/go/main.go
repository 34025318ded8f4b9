// The example of a partner's server in Go: it starts a pledge, is told by a signed webhook
// that the money came, and asks for a refund. Types come from the contract.
//
//	SOLIDARITY_URL=… SOLIDARITY_KEY=sk_test_… SOLIDARITY_PARTNER=partners/pt_… go run ./examples/go
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	told := make(chan message, 100)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	var endpoint donationsv1.WebhookEndpoint
	hooks := &donationsv1.WebhookEndpoint{Url: "http://" + lis.Addr().String() + "/hooks"}
	if err := call(ctx, http.MethodPost, os.Getenv("SOLIDARITY_PARTNER")+"/webhookEndpoints", hooks, &endpoint); err != nil {
		return err
	}
	server := &http.Server{Handler: inbox(endpoint.GetSecret(), told), ReadTimeout: 10 * time.Second}
	go func() { _ = server.Serve(lis) }()
	defer server.Close()

	var pledge donationsv1.Pledge
	if err := call(ctx, http.MethodPost, "pledges", &donationsv1.Pledge{
		Amount:       &typev1.Money{MinorUnits: 5000, CurrencyCode: "EUR"},
		Designations: []*donationsv1.Designation{{Fund: "funds/general"}},
		ReturnUrl:    returnURL(),
	}, &pledge); err != nil {
		return err
	}
	if err := pay(pledge.GetCheckoutUrl()); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return errors.New("nobody told of the gift")
		case m := <-told:
			if m.Type != "donation.succeeded" || m.Data.Pledge != pledge.GetName() {
				continue
			}
			var refund donationsv1.Refund
			if err := call(ctx, http.MethodPost, m.Data.Name+":requestRefund", &donationsv1.RequestRefundRequest{}, &refund); err != nil {
				return err
			}
			fmt.Println(pledge.GetName(), m.Data.State, refund.GetName(), refund.GetState())
			return nil
		}
	}
}

// message is a webhook.
type message struct {
	Type string
	Data struct{ Name, State, Pledge, Donation string }
}

// inbox takes webhooks that are signed with a secret.
func inbox(secret string, told chan<- message) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		var m message
		if err != nil || !verified(secret, r.Header, body, time.Now()) || json.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		told <- m // a real server notes the webhook-id: the same message may come again
		w.WriteHeader(http.StatusNoContent)
	})
}

// verified checks a message by Standard Webhooks.
func verified(secret string, h http.Header, body []byte, now time.Time) bool {
	id, at := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	key, broken := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || broken != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, one := range strings.Split(h.Get("Webhook-Signature"), " ") {
		if hmac.Equal([]byte(one), []byte(want)) {
			return true
		}
	}
	return false
}

// call calls the fund with the secret key. A call without an answer is repeated with the
// same idempotency key.
func call(ctx context.Context, method, path string, in, out proto.Message) error {
	body, err := protojson.Marshal(in)
	if err != nil {
		return fmt.Errorf("write request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, os.Getenv("SOLIDARITY_URL")+"/v1/"+path, bytes.NewReader(body)) //nolint:gosec // the address is ours to set
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv("SOLIDARITY_KEY"))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", rand.Text())
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // the address is ours to set
	if err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		return fmt.Errorf("call %s: %d %s %w", path, resp.StatusCode, answer, err)
	}
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(answer, out)
}

// pay is what the donor does on Stripe's page; the sandbox has a page that takes this.
func pay(page string) error {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(page, url.Values{"card": {"4242424242424242"}})
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	return resp.Body.Close()
}

func returnURL() string {
	if u := os.Getenv("SOLIDARITY_RETURN_URL"); u != "" {
		return u
	}
	return "http://localhost:3000/"
}
