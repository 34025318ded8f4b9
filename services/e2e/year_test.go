package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devclock"
	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/dev/year"
)

func TestAFundOfFiveLivesByItsRules(t *testing.T) {
	t.Parallel()
	months := 3
	if os.Getenv("SOLIDARITY_LONG") != "" {
		months = 12
	}
	i := start(t, dataFolder(t), "--delays", "production")
	clock, err := devclock.Open(i.layout.Clock())
	if err != nil {
		t.Fatal(err)
	}
	defer clock.Close()
	var list bytes.Buffer
	if err := listfake.Generate(&list, 1, 300, listfake.Registry); err != nil {
		t.Fatal(err)
	}
	summary, err := year.Play(t.Context(), year.Options{
		REST: i.state.REST, Stripe: i.state.Stripe, Officers: devstack.Officers(), List: &list,
		SignIn: i.issued, Now: clock.Now, Months: months, NewFamilies: 5,
		Move: func(ctx context.Context, to time.Time) error {
			_, err := clock.Move(ctx, to, i.state.Attending(), func(devclock.Stop) {})
			return err
		},
		Tell: func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatalf("after %+v: %v", summary, err)
	}
	if summary.Closed != months || summary.Families != 5*months+1 || summary.LongestWait > 72*time.Hour {
		t.Errorf("it ends with %+v", summary)
	}
	t.Logf("%+v", summary)
	i.verify(filepath.Join(t.TempDir(), "export"))
}

// issued gets a token from the development issuer, which grants nothing.
func (i *installation) issued(ctx context.Context, person string) (string, error) {
	body, err := json.Marshal(map[string]string{"subject": person})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, i.state.Issuer+"/token", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil || token.AccessToken == "" {
		return "", fmt.Errorf("the issuer answers %s: %w", resp.Status, err)
	}
	return token.AccessToken, nil
}
