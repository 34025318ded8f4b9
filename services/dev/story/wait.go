package story

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// patience is how long the story waits for a duty to be done by itself: longer than
// the two minutes in which a sweeper finds what a killed process was about to do.
const patience = 3 * time.Minute

// until polls done until it says true or patience ends.
func until(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last error
	for {
		ok, err := done(ctx)
		if ok {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not happen within %s: %w", what, patience, errors.Join(ctx.Err(), last))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// refused checks that a call was refused for the reason expected.
func refused(what string, err error, reasons ...string) error {
	var p *restclient.Problem
	if !errors.As(err, &p) {
		return fmt.Errorf("%s was not refused: %w", what, errOr(err))
	}
	for _, r := range reasons {
		if p.Reason == r {
			return nil
		}
	}
	return fmt.Errorf("%s was refused for another reason: %w", what, p)
}

func errOr(err error) error {
	if err == nil {
		return errors.New("it succeeded")
	}
	return err
}

// amount is a Money in JSON.
type amount struct {
	MinorUnits   int64  `json:"minorUnits,string"`
	CurrencyCode string `json:"currencyCode"`
}

func euros(minor int64) amount { return amount{MinorUnits: minor, CurrencyCode: "EUR"} }

func (a amount) String() string {
	return fmt.Sprintf("%d.%02d %s", a.MinorUnits/100, a.MinorUnits%100, a.CurrencyCode)
}
