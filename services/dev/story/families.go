package story

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
)

// caseworkers is how many families are registered at a time.
const caseworkers = 4

// family is one household of the story.
type family struct {
	Name       string `json:"name"`
	State      string `json:"state"`
	Confirmer  string `json:"confirmer"`
	aidRequest string
}

// registerFamilies registers and verifies all families and approves a request of
// each.
func (t *teller) registerFamilies(ctx context.Context) error {
	t.families = make([]*family, t.Families)
	g, groupCtx := errgroup.WithContext(ctx)
	g.SetLimit(caseworkers)
	for i := range t.families {
		g.Go(func() error {
			f, err := t.registerFamily(groupCtx, i)
			t.families[i] = f
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	t.summary.Families = len(t.families)
	t.say("%d families are registered, every name and account sealed under the family's own key; each is verified by a second person drawn by lot, and has a request approved.", len(t.families))
	return nil
}

func (t *teller) registerFamily(ctx context.Context, i int) (*family, error) {
	worker := t.staff[[]string{"kasia", "ines"}[i%2]]
	f := &family{}
	if err := worker.JSON(ctx, http.MethodPost, "/v1/families", fmt.Sprintf("story-family-%d", i), map[string]any{
		"prisoner": t.prisoners[i], "countryCode": "LT", "alteredCodeRule": "ALTERED_CODE_RULE_LAST_DIGIT_UP",
	}, f); err != nil {
		return f, err
	}
	if err := t.household(ctx, worker, f, i); err != nil {
		return f, err
	}
	if err := t.verify(ctx, worker, f, i == 0); err != nil {
		return f, fmt.Errorf("verify %s: %w", f.Name, err)
	}
	return f, t.ask(ctx, worker, f, i)
}

// household enters what belongs to a family and has a second person confirm the
// account.
func (t *teller) household(ctx context.Context, worker *person, f *family, i int) error {
	path := "/v1/" + f.Name
	for collection, body := range map[string]map[string]any{
		"members": {"fullName": "Made-up Person " + strconv.Itoa(i), "relationship": "RELATIONSHIP_SPOUSE", "birthYear": 1980},
		"contacts": {
			"channel": "CONTACT_CHANNEL_SIGNAL", "address": fmt.Sprintf("+3706000%04d", i), "language": "be",
			"safeWording": "It is about the order.", "safeHours": "18-20",
		},
		"consents": {"purpose": "CONSENT_PURPOSE_AID", "givenOn": t.today()},
	} {
		if err := worker.Post(ctx, path+"/"+collection, body, nil); err != nil {
			return fmt.Errorf("enter %s: %w", collection, err)
		}
	}
	var destination struct{ Name string }
	account := map[string]any{
		"accountHolder": "Made-up Person " + strconv.Itoa(i), "iban": bankfake.IBAN(i), "countryCode": "LT", "town": "Vilnius",
	}
	if err := worker.Post(ctx, path+"/destinations", map[string]any{"bankAccount": account}, &destination); err != nil {
		return fmt.Errorf("enter destination: %w", err)
	}
	return t.confirmAccount(ctx, destination.Name, account, i == 0)
}

// confirmAccount has a second person call the family and enter anew what they heard; once
// they hear something else first.
func (t *teller) confirmAccount(ctx context.Context, destination string, account map[string]any, wrongly bool) error {
	confirmer, path := t.staff["berit"], "/v1/"+destination
	if err := confirmer.Post(ctx, path+":call", map[string]any{}, nil); err != nil {
		return fmt.Errorf("call about %s: %w", destination, err)
	}
	if wrongly {
		other := maps.Clone(account)
		other["town"] = "Kaunas"
		if err := refused("another account than was entered", confirmer.Post(ctx, path+":confirm",
			map[string]any{"spokenWithFamily": true, "bankAccount": other}, nil), "ENTERED_DIFFERENTLY"); err != nil {
			return err
		}
	}
	return confirmer.Post(ctx, path+":confirm", map[string]any{"spokenWithFamily": true, "bankAccount": account}, nil)
}

// verify proposes verification and has it confirmed by the person on whom the lot
// fell, and by nobody else.
func (t *teller) verify(ctx context.Context, worker *person, f *family, tryOthers bool) error {
	path := "/v1/" + f.Name
	if err := worker.Post(ctx, path+":submit", map[string]any{}, f); err != nil {
		return err
	}
	if err := worker.Post(ctx, path+":proposeVerification", map[string]any{}, f); err != nil {
		return err
	}
	confirmer, err := t.drawn(f.Confirmer)
	if err != nil {
		return err
	}
	for _, other := range t.lot {
		if !tryOthers || other == confirmer {
			continue
		}
		if err := refused("confirmation by somebody not drawn", other.Post(ctx, path+":confirmVerification", map[string]any{}, nil),
			"NOT_FOUND", "PERMISSION_DENIED", "NOT_ASSIGNED", "NOT_DRAWN"); err != nil {
			return err
		}
	}
	if err := confirmer.Post(ctx, path+":confirmVerification", map[string]any{"independentCheck": "INDEPENDENT_CHECK_COURT_REFERENCE"}, f); err != nil {
		return err
	}
	if f.State != "FAMILY_STATE_VERIFIED" {
		return fmt.Errorf("the family is %s", f.State)
	}
	return nil
}

// ask submits an aid request and has it approved.
func (t *teller) ask(ctx context.Context, worker *person, f *family, i int) error {
	category := []string{"AID_CATEGORY_FOOD", "AID_CATEGORY_RENT", "AID_CATEGORY_MEDICAL", "AID_CATEGORY_PARCELS"}[i%4]
	var request struct{ Name, State string }
	if err := worker.JSON(ctx, http.MethodPost, "/v1/"+f.Name+"/aidRequests", fmt.Sprintf("story-request-%d", i), map[string]any{
		"category": category, "amount": euros(cmp.Or(t.Ask, int64(8000+1000*(i%9)))),
	}, &request); err != nil {
		return fmt.Errorf("submit request: %w", err)
	}
	f.aidRequest = request.Name
	if err := t.staff["chloe"].Post(ctx, "/v1/"+request.Name+":approve", map[string]any{}, &request); err != nil {
		return fmt.Errorf("approve request: %w", err)
	}
	return nil
}
