package year_test

import (
	"os"
	"strconv"
	"testing"

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

func TestThereIsAlwaysALegalNextStepWhileFourOfFiveAreAwake(t *testing.T) {
	t.Parallel()
	course := year.History{Seed: uint64(setting(t, "SOLIDARITY_SEED", 1)), Ticks: setting(t, "SOLIDARITY_TICKS", 16)}
	past, err := year.Wander(t.Context(), install(t), course)
	if err != nil {
		t.Fatalf("SOLIDARITY_SEED=%d SOLIDARITY_TICKS=%d, after %+v: %v", course.Seed, course.Ticks, past, err)
	}
	t.Logf("%+v", past)
}
