package year

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
)

// audited has two officers engage an auditor, who then reads the books and no family.
func (y *fund) audited(ctx context.Context) error {
	otto := y.add("otto")
	if err := y.enrol(ctx, "otto", false, "ROLE_AUDITOR"); err != nil {
		return err
	}
	officer, err := y.officerBeside("otto")
	if err != nil {
		return err
	}
	var e struct{ Name string }
	if err := officer.post(ctx, otto.staff+"/engagements:propose", map[string]any{
		"firm": "LT-0000000001", "until": y.Now().AddDate(0, 3, 0).UTC().Format("2006-01-02"),
	}, &e); err != nil {
		return err
	}
	if _, err := y.act(ctx, e.Name, "confirm", map[string]any{}, nil); err != nil {
		return err
	}
	if err := otto.get(ctx, "ledger/trialBalance", nil); err != nil {
		return err
	}
	if err := otto.get(ctx, "families", nil); !elsewhere(err) {
		return fmt.Errorf("an auditor reads families: %w", err)
	}
	otto.gone = true // back at their firm
	y.say("Two officers engage an auditor, who reads the books.")
	return nil
}

// changesAccount has somebody enter another account for a family of theirs; it returns
// the account's name, empty where they have none.
func (y *fund) changesAccount(ctx context.Context, owner *person) (string, error) {
	for i, f := range y.families {
		if f.owner == owner {
			return y.account(ctx, f, 500+i)
		}
	}
	return "", nil
}

// account enters an account of a family.
func (y *fund) account(ctx context.Context, f *family, n int) (string, error) {
	var destination struct{ Name string }
	details := map[string]any{
		"accountHolder": "Made-up Person " + strconv.Itoa(n), "iban": bankfake.IBAN(n), "countryCode": "LT", "town": "Vilnius",
	}
	if err := f.owner.post(ctx, f.Name+"/destinations", map[string]any{"bankAccount": details}, &destination); err != nil {
		return "", err
	}
	if y.accounts == nil {
		y.accounts = map[string]map[string]any{}
	}
	y.accounts[destination.Name] = details
	return destination.Name, nil
}

// heard is what somebody enters anew who has called a family about an account.
func (y *fund) heard(destination string) map[string]any {
	return map[string]any{"spokenWithFamily": true, "bankAccount": y.accounts[destination]}
}

// confirmAccount has somebody call a family about an account, and confirm it.
func (y *fund) confirmAccount(ctx context.Context, destination string) error {
	caller, err := y.act(ctx, destination, "call", map[string]any{}, nil)
	if err != nil {
		return err
	}
	return caller.post(ctx, destination+":confirm", y.heard(destination), nil)
}

// changedAnew checks that a freeze has made an account void which the frozen person had
// entered; they enter it anew, and it is confirmed.
func (y *fund) changedAnew(ctx context.Context, owner *person, name string) error {
	if name == "" {
		return nil
	}
	s, err := owner.look(ctx, name)
	if err != nil {
		return err
	}
	if s == nil || s.State != "DESTINATION_STATE_VOID" {
		return errors.New("the freeze has not made void what the frozen person entered")
	}
	anew, err := y.changesAccount(ctx, owner)
	if err != nil {
		return err
	}
	return y.confirmAccount(ctx, anew)
}
