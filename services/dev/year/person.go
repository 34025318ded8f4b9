package year

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// patience is how long something may wait for a person who can act: the measure of
// every rule of this system.
const patience = 72 * time.Hour

// signedIn is how long a sign-in is used: what needs a fresh one takes one of fifteen
// minutes.
const signedIn = 10 * time.Minute

// person works for the fund.
type person struct {
	fund    *fund
	subject string
	staff   string // pseudonym, "staff/s_…"
	client  *restclient.Client
	since   time.Time // of the sign-in
	away    time.Time // until when; zero where they are there
	gone    bool      // they have left, or are frozen
	money   bool      // they are of the money desk
}

// add makes somebody known to the story, whatever they may do.
func (y *fund) add(subject string) *person {
	p := &person{fund: y, subject: subject}
	y.people[subject] = p
	y.order = append(y.order, subject)
	return p
}

// awake are those who are there today.
func (y *fund) awake() []*person {
	var out []*person
	for _, name := range y.order {
		if p := y.people[name]; !p.gone && p.away.Before(y.Now()) {
			out = append(out, p)
		}
	}
	return out
}

// rest is the person's way to the API, signed in a moment ago.
func (p *person) rest(ctx context.Context) (*restclient.Client, error) {
	if now := p.fund.Now(); p.client == nil || now.Sub(p.since) >= signedIn {
		token, err := p.fund.SignIn(ctx, p.subject)
		if err != nil {
			return nil, fmt.Errorf("sign %s in: %w", p.subject, err)
		}
		p.client, p.since = restclient.New(p.fund.REST, token), now
	}
	return p.client, nil
}

// post makes one call that must succeed.
func (p *person) post(ctx context.Context, address string, body map[string]any, out any) error {
	client, err := p.rest(ctx)
	if err != nil {
		return err
	}
	if err := client.JSON(ctx, http.MethodPost, "/v1/"+address, uuid.NewString(), body, out); err != nil {
		return fmt.Errorf("%s: POST %s: %w", p.subject, address, err)
	}
	return nil
}

func (p *person) get(ctx context.Context, address string, out any) error {
	client, err := p.rest(ctx)
	if err != nil {
		return err
	}
	if err := client.Get(ctx, "/v1/"+address, out); err != nil {
		return fmt.Errorf("%s: GET %s: %w", p.subject, address, err)
	}
	return nil
}

// seen is a resource as somebody sees it.
type seen struct {
	Name           string   `json:"name"`
	State          string   `json:"state"`
	AllowedActions []string `json:"allowedActions"`
	BlockedActions []any    `json:"blockedActions"`
}

// look returns a resource as the person sees it, nil where it is no business of theirs.
// What has no address of its own is looked for in the list that it stands in.
func (p *person) look(ctx context.Context, resource string) (*seen, error) {
	if !listed(resource) {
		var s seen
		err := p.get(ctx, resource, &s)
		if elsewhere(err) {
			return nil, nil
		}
		return &s, err
	}
	collection := path.Dir(resource)
	var page map[string]json.RawMessage
	if err := p.get(ctx, collection, &page); elsewhere(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	for key, rows := range page {
		var all []seen
		if key == "nextPageToken" || json.Unmarshal(rows, &all) != nil {
			continue
		}
		for _, s := range all {
			if s.Name == resource {
				return &s, nil
			}
		}
	}
	return nil, nil
}

// listed reports whether a resource can be read in a list only.
func listed(resource string) bool {
	return strings.Contains(resource, "/destinations/") || strings.Contains(resource, "/files/")
}

// elsewhere reports whether an error says that something is not the caller's business, or
// that nobody has enrolled the caller yet.
func elsewhere(err error) bool {
	var problem *restclient.Problem
	return errors.As(err, &problem) && slices.Contains([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}, problem.Status)
}

// who returns somebody awake who may use a verb on a resource now, as the resource
// itself tells them; nil where nobody may.
func (y *fund) who(ctx context.Context, resource, verb string) (*person, error) {
	for _, p := range y.awake() {
		s, err := p.look(ctx, resource)
		if err != nil {
			return nil, err
		}
		if s != nil && slices.Contains(s.AllowedActions, verb) {
			return p, nil
		}
	}
	return nil, nil
}

// act has whoever may do something with a resource do it. It waits for such a person as
// long as the rules say that anything may wait.
func (y *fund) act(ctx context.Context, resource, verb string, body map[string]any, out any) (*person, error) {
	p, err := y.wait(ctx, resource, verb, patience)
	if err != nil {
		return nil, err
	}
	return p, p.post(ctx, resource+":"+verb, body, out)
}

// wait waits until somebody may use a verb on a resource.
func (y *fund) wait(ctx context.Context, resource, verb string, bound time.Duration) (*person, error) {
	began := y.Now()
	for {
		p, err := y.who(ctx, resource, verb)
		if err != nil {
			return nil, err
		}
		waited := y.Now().Sub(began)
		if p != nil {
			y.waited(resource, verb, waited)
			return p, nil
		}
		if waited > bound {
			return nil, fmt.Errorf("nobody who is there may %s %s for %s: %s", verb, resource, waited, y.why(ctx, resource))
		}
		if err := y.pass(ctx, 12*time.Hour); err != nil {
			return nil, err
		}
	}
}

func (y *fund) waited(resource, verb string, waited time.Duration) {
	y.summary.LongestWait = max(y.summary.LongestWait, waited)
	if waited > day {
		y.summary.Waits = append(y.summary.Waits, fmt.Sprintf("%s %s: %s", resource, verb, waited))
	}
}

// why is what the resource tells each of them.
func (y *fund) why(ctx context.Context, resource string) string {
	text := ""
	for _, p := range y.awake() {
		switch s, err := p.look(ctx, resource); {
		case err != nil:
			text += fmt.Sprintf("\n  %v", err)
		case s != nil:
			text += fmt.Sprintf("\n  %s sees %s, may %v, blocked %v", p.subject, s.State, s.AllowedActions, s.BlockedActions)
		}
	}
	return text
}
