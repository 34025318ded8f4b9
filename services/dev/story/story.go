// Package story plays one gift all the way over REST, as the people would who
// take part in it: a partner, donors, caseworkers, verifiers, approvers, treasurers,
// families and an auditor. `solidarity-dev demo` tells it, the end-to-end test
// checks it.
package story

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// Options say where the installation is and how large the story shall be.
type Options struct {
	// REST is the gateway's address.
	REST string
	// Stripe is the fake Stripe's address.
	Stripe string
	// SignIn grants roles to a made-up person and returns a token and the
	// person's pseudonym ("staff/s_…").
	SignIn func(ctx context.Context, person string, roles ...string) (token, staff string, err error)
	// List is the prisoner list to import.
	List io.Reader
	// Gifts and Families are how many of each there shall be; at least 2 and 3.
	Gifts, Families int
	// Ask is what each family asks for, in cents; 0 for sums of many sizes.
	Ask int64
	// Tell receives the story line by line.
	Tell func(line string)
	// Between is called before each chapter, nil for nothing; the end-to-end
	// test kills a service in it.
	Between func(ctx context.Context, chapter string) error
	// Save keeps a file of the story under a name ("pain001.xml").
	Save func(name string, content []byte) error
	Now  func() time.Time
}

// Summary is what came of it.
type Summary struct {
	Gifts     int    `json:"gifts"`
	Received  string `json:"received"`
	Prisoners int    `json:"prisoners"`
	Families  int    `json:"families"`
	Awarded   string `json:"awarded"`
	Payments  int    `json:"payments"`
	Settled   int    `json:"settled"`
	Returned  int    `json:"returned"`
	Entries   int    `json:"entries"`
	// Books is the trial balance at the end, a line an account.
	Books string `json:"books"`
}

// teller holds what the chapters hand to each other.
type teller struct {
	Options
	summary Summary
	http    *http.Client
	staff   map[string]*person // by the name in the story
	lot     map[string]*person // by pseudonym, who may be drawn by lot

	partner   *restclient.Client
	shop      string // return address of the partner
	tokens    []string
	families  []*family
	prisoners []string
	round     string
	plan      string
	bank      *bankfake.Bank
}

// chapter is one step of the story.
type chapter struct {
	name string
	play func(*teller, context.Context) error
}

// chapters in the order in which they are played.
func chapters() []chapter {
	return []chapter{
		{"people", (*teller).people},
		{"first gift", (*teller).firstGift},
		{"more gifts", (*teller).moreGifts},
		{"deficit", (*teller).coverDeficit},
		{"prisoners", (*teller).importPrisoners},
		{"families", (*teller).registerFamilies},
		{"round", (*teller).allocate},
		{"plan", (*teller).pay},
		{"statement", (*teller).settle},
		{"answers", (*teller).confirm},
		{"audit", (*teller).audit},
	}
}

// Play plays the whole story and returns at the first thing that is not as it
// should be.
func Play(ctx context.Context, o Options) (Summary, error) {
	t := &teller{
		Options: o, http: &http.Client{Timeout: 30 * time.Second},
		staff: map[string]*person{}, lot: map[string]*person{},
		bank: bankfake.New(senderIBAN, "EUR", openingBalance),
	}
	for _, c := range chapters() {
		if o.Between != nil {
			if err := o.Between(ctx, c.name); err != nil {
				return t.summary, fmt.Errorf("before %s: %w", c.name, err)
			}
		}
		if err := c.play(t, ctx); err != nil {
			return t.summary, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return t.summary, nil
}

func (t *teller) say(format string, args ...any) { t.Tell(fmt.Sprintf(format, args...)) }
