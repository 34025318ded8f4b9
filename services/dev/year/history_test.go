package year_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/weaken"
	"github.com/solidarity-fund/solidarity/services/dev/year"
)

// setting is a number from the environment, to play a history again.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// lived lives through a history, and says how it is played again.
func lived(t *testing.T, o year.Options, course year.History) error {
	t.Helper()
	past, err := year.Wander(t.Context(), o, course)
	t.Logf("SOLIDARITY_SEED=%d SOLIDARITY_TICKS=%d: %+v", course.Seed, course.Ticks, past)
	return err
}

func TestThereIsAlwaysALegalNextStepWhileFourOfFiveAreAwake(t *testing.T) {
	t.Parallel()
	histories, ticks := 1, 16
	if long(t) {
		histories, ticks = 10, 60
	}
	first := setting(t, "SOLIDARITY_SEED", 1)
	for seed := first; seed < first+histories; seed++ {
		course := year.History{Seed: uint64(seed), Ticks: setting(t, "SOLIDARITY_TICKS", ticks)}
		if err := lived(t, install(t), course); err != nil {
			t.Fatal(err)
		}
	}
}

// Where a rule that gives a way out is switched off, there is none.
func TestEachWayOutIsNeeded(t *testing.T) {
	t.Parallel()
	if !long(t) {
		t.Skip("builds and lives through a fund for each rule: make test-long")
	}
	const lot, draw = "families/internal/lot/lot.go", "families/internal/store/household/draw.go"
	for name, off := range map[string]struct {
		away string
		rule weaken.Change
	}{
		"an officer stands in for a verifier": {"kasia", weaken.Change{
			File: lot, Old: "if of := c.outside(awake.Officers, without); len(of) > 0 {", New: "if of := c.outside(awake.Officers, without); len(of) > 99 {",
		}},
		"what waits for somebody who is away is drawn anew": {"adam", weaken.Change{
			File: draw, Old: "why := v.Passed(isAwake(v, awake), s.now())", New: "why := v.Passed(true, v.DrawnAt)",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			course := year.History{Seed: 1, Ticks: 14, Away: off.away}
			if err := lived(t, install(t), course); err != nil {
				t.Errorf("with the rule: %v", err)
			}
			if err := lived(t, install(t, off.rule), course); err == nil {
				t.Error("without the rule there is always a next step, too")
			} else {
				t.Log(err)
			}
		})
	}
}
