package year

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// monthly is what each family gets, in cents of EUR.
const monthly = 6000

// family is one of those that are helped.
type family struct {
	Name  string `json:"name"`
	State string `json:"state"`
	owner *person

	destination, request, account string // of a plot
}

// importPrisoners has one of the case desk bring a list and the other merge it.
func (y *fund) importPrisoners(ctx context.Context) error {
	kasia := y.people["kasia"]
	client, err := kasia.rest(ctx)
	if err != nil {
		return err
	}
	rows, err := io.ReadAll(y.List)
	if err != nil {
		return fmt.Errorf("read list: %w", err)
	}
	resp, err := client.Do(ctx, http.MethodPost, "/v1/prisonerImports?sourceList=first", "text/csv", "", bytes.NewReader(rows))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var imported struct{ Name, State string }
	if err := json.NewDecoder(resp.Body).Decode(&imported); err != nil {
		return fmt.Errorf("read import: %w", err)
	}
	if _, err := y.act(ctx, imported.Name, "merge", map[string]any{}, nil); err != nil {
		return err
	}
	if err := y.pass(ctx, day); err != nil {
		return err
	}
	var page struct {
		Prisoners []struct{ Name string } `json:"prisoners"`
	}
	if err := kasia.get(ctx, "prisoners?pageSize=200", &page); err != nil {
		return err
	}
	for _, p := range page.Prisoners {
		y.prisoners = append(y.prisoners, p.Name)
	}
	if need := y.Months * y.NewFamilies; len(y.prisoners) < need {
		return fmt.Errorf("the list has %d prisoners, %d are needed", len(y.prisoners), need)
	}
	return nil
}

// newFamilies registers this month's families with whoever of the case desk is there.
func (y *fund) newFamilies(ctx context.Context) error {
	for i := range y.NewFamilies {
		var owners []*person
		for _, p := range y.awake() {
			if p.subject == "kasia" || p.subject == "adam" {
				owners = append(owners, p)
			}
		}
		f, err := y.register(ctx, owners[i%len(owners)], len(y.families))
		if err != nil {
			return fmt.Errorf("family %d: %w", len(y.families), err)
		}
		y.families = append(y.families, f)
		y.summary.Families++
	}
	return nil
}

// register registers a family, and others confirm what they have seen.
func (y *fund) register(ctx context.Context, owner *person, n int) (*family, error) {
	f, destination, err := y.enter(ctx, owner, n)
	if err != nil {
		return nil, err
	}
	if err := owner.post(ctx, f.Name+":proposeVerification", map[string]any{}, f); err != nil {
		return nil, err
	}
	if err := y.verify(ctx, f, destination); err != nil {
		return nil, err
	}
	return f, y.ask(ctx, f, owner)
}

// enter enters what belongs to a family, and its account.
func (y *fund) enter(ctx context.Context, owner *person, n int) (f *family, account string, err error) {
	f = &family{owner: owner}
	if err := owner.post(ctx, "families", map[string]any{
		"prisoner": y.prisoners[n], "countryCode": "LT", "alteredCodeRule": "ALTERED_CODE_RULE_LAST_DIGIT_UP",
	}, f); err != nil {
		return nil, "", err
	}
	for _, entered := range []struct {
		collection string
		body       map[string]any
	}{
		{"members", map[string]any{"fullName": "Made-up Person " + strconv.Itoa(n), "relationship": "RELATIONSHIP_SPOUSE", "birthYear": 1980}},
		{"contacts", map[string]any{"channel": "CONTACT_CHANNEL_SIGNAL", "address": fmt.Sprintf("+3706000%04d", n), "language": "be"}},
		{"consents", map[string]any{"purpose": "CONSENT_PURPOSE_AID", "givenOn": y.today()}},
	} {
		if err := owner.post(ctx, f.Name+"/"+entered.collection, entered.body, nil); err != nil {
			return nil, "", err
		}
	}
	if account, err = y.account(ctx, f, n); err != nil {
		return nil, "", err
	}
	return f, account, owner.post(ctx, f.Name+":submit", map[string]any{}, f)
}

// verify waits for whoever the lot has drawn, and for somebody to confirm the account.
func (y *fund) verify(ctx context.Context, f *family, destination string) error {
	if _, err := y.act(ctx, f.Name, "confirmVerification", map[string]any{}, f); err != nil {
		return err
	}
	if f.State != "FAMILY_STATE_VERIFIED" {
		return fmt.Errorf("%s is %s", f.Name, f.State)
	}
	return y.confirmAccount(ctx, destination)
}

// ask asks for a year's monthly aid and has it approved.
func (y *fund) ask(ctx context.Context, f *family, owner *person) error {
	var request struct{ Name string }
	if err := owner.post(ctx, f.Name+"/aidRequests", map[string]any{
		"category": "AID_CATEGORY_FOOD", "amount": euros(monthly), "cycles": 12,
	}, &request); err != nil {
		return err
	}
	_, err := y.act(ctx, request.Name, "approve", map[string]any{}, nil)
	return err
}
