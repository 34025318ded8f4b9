package allocation

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawSnapshot makes a small random round, awkward on purpose: few steps of
// money, ties, minimums above caps, funds that nobody may draw on.
func drawSnapshot(t *rapid.T, minimums bool) Snapshot {
	s := Snapshot{Currency: "EUR", Step: rapid.SampledFrom([]int64{1, 10, 1000}).Draw(t, "step")}
	amount := func(name string, most int64) int64 {
		return rapid.Int64Range(0, most*s.Step).Draw(t, name)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "funds") {
		s.Funds = append(s.Funds, Fund{Name: fmt.Sprintf("funds/%c", 'a'+i), Money: amount("money", 20)})
	}
	for i := range rapid.IntRange(0, 7).Draw(t, "requests") {
		r := Request{
			ID: fmt.Sprintf("request-%d", i), Tier: rapid.IntRange(1, 2).Draw(t, "tier"),
			Running: rapid.Bool().Draw(t, "running"), Weight: rapid.Int64Range(1, 7).Draw(t, "weight"),
			Cap: amount("cap", 12), WaitingSince: rapid.SampledFrom([]string{"2026-09", "2026-10"}).Draw(t, "since"),
		}
		if minimums {
			r.Minimum = amount("minimum", 5)
		}
		for _, f := range s.Funds {
			if rapid.Bool().Draw(t, "eligible") {
				r.Funds = append(r.Funds, f.Name)
			}
		}
		s.Requests = append(s.Requests, r)
	}
	return s
}

func allocate(t interface{ Fatalf(string, ...any) }, s Snapshot) []Allocation {
	got, err := Allocate(s)
	if err != nil {
		t.Fatalf("Allocate(%+v): %v", s, err)
	}
	return got
}

func TestAmountsAreWithinOneStepOfTheRationalOptimum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t, true).Canonical()
		got := allocate(t, s)
		b := brute{snapshot: s, earlier: make([]int64, len(s.Requests))}
		for _, part := range newEngine(s).parts() {
			b.admitted = slices.DeleteFunc(slices.Clone(part), func(i int) bool { return got[i].Reason == MinimumNotMet })
			want := b.optimum()
			sum := new(big.Rat)
			for _, i := range b.admitted {
				steps := big.NewRat(got[i].Amount/s.Step, 1)
				diff := new(big.Rat).Sub(steps, want[i])
				sum.Add(sum, diff)
				if diff.Abs(diff).Cmp(big.NewRat(1, 1)) >= 0 {
					t.Fatalf("request %d got %s steps, optimum %s\n%+v", i, steps, want[i], s)
				}
				b.earlier[i] = got[i].Amount / s.Step
			}
			if sum.Sign() != 0 {
				t.Fatalf("the part got %s steps more than the optimum\n%+v", sum, s)
			}
		}
	})
}

func TestMinimumsAreAdmittedByLongestWaitAsFarAsTheMoneyCarries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t, true).Canonical()
		got := allocate(t, s)
		b := brute{snapshot: s, earlier: make([]int64, len(s.Requests))}
		for _, part := range newEngine(s).parts() {
			floor := make([]*big.Rat, len(s.Requests))
			for i, e := range b.earlier {
				floor[i] = big.NewRat(e, 1)
			}
			order := slices.Clone(part)
			slices.SortStableFunc(order, func(x, y int) int {
				return strings.Compare(s.Requests[x].WaitingSince, s.Requests[y].WaitingSince)
			})
			for _, i := range order {
				floor[i] = b.minimum(i)
				fits := b.feasible(floor)
				if !fits {
					floor[i] = new(big.Rat)
				}
				if refused := got[i].Reason == MinimumNotMet; refused == fits {
					t.Fatalf("request %d: minimum fits %v, refused %v\n%+v", i, fits, refused, s)
				}
				b.earlier[i] = got[i].Amount / s.Step
			}
		}
	})
}

func TestNoFundPaysMoreThanItHasNorForWhatItDoesNotAccept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t, true)
		left := map[string]int64{}
		for _, f := range s.Funds {
			left[f.Name] = f.Money
		}
		for _, a := range allocate(t, s) {
			var sum int64
			for _, share := range a.Shares {
				sum += share.Amount
				left[share.Fund] -= share.Amount
				if share.Amount <= 0 || left[share.Fund] < 0 || !slices.Contains(a.Request.Funds, share.Fund) {
					t.Fatalf("share %+v of %+v", share, a)
				}
			}
			if sum != a.Amount || a.Amount%s.Step != 0 || a.Amount > a.Request.Cap || a.Reason == "" {
				t.Fatalf("shares sum to %d: %+v", sum, a)
			}
			if a.Amount > 0 && a.Amount < a.Request.Minimum {
				t.Fatalf("less than the minimum: %+v", a)
			}
		}
	})
}

func TestTheSameSnapshotInAnyOrderGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t, true)
		want, bytes := allocate(t, s), s.Encode()
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		rng.Shuffle(len(s.Funds), func(i, j int) { s.Funds[i], s.Funds[j] = s.Funds[j], s.Funds[i] })
		rng.Shuffle(len(s.Requests), func(i, j int) { s.Requests[i], s.Requests[j] = s.Requests[j], s.Requests[i] })
		if diff := cmp.Diff(want, allocate(t, s)); diff != "" {
			t.Fatalf("after shuffling (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(bytes, s.Encode()); diff != "" {
			t.Fatalf("canonical bytes differ:\n%s", diff)
		}
		back, err := Decode(bytes)
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		if diff := cmp.Diff(bytes, back.Encode()); diff != "" {
			t.Fatalf("bytes read back differ:\n%s", diff)
		}
	})
}

// TestMoreMoneyMakesNobodyWorseOff holds for the rational optimum; whole steps
// may cost a request the one step that rounding gave it.
func TestMoreMoneyMakesNobodyWorseOff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawSnapshot(t, false)
		if len(s.Funds) == 0 {
			return
		}
		for i := range s.Requests {
			s.Requests[i].Tier, s.Requests[i].Running = 1, false
		}
		before := allocate(t, s)
		i := rapid.IntRange(0, len(s.Funds)-1).Draw(t, "fund")
		s.Funds[i].Money += rapid.Int64Range(1, 20*s.Step).Draw(t, "more")
		for i, after := range allocate(t, s) {
			if after.Amount < before[i].Amount-s.Step {
				t.Fatalf("with more money %s has %d instead of %d", after.Request.ID, after.Amount, before[i].Amount)
			}
		}
	})
}

// TestOddStepsGoByLargestRemainderThenByID divides 100.00 in steps of 10.00.
func TestOddStepsGoByLargestRemainderThenByID(t *testing.T) {
	t.Parallel()
	general := []string{"funds/general"}
	s := Snapshot{Currency: "EUR", Step: 1000, Funds: []Fund{{"funds/general", 10_000}}, Requests: []Request{
		{ID: "a", Tier: 1, Weight: 1, Cap: 90_000, Funds: general}, // 100/7: 1.43 steps
		{ID: "b", Tier: 1, Weight: 4, Cap: 90_000, Funds: general}, // 5.71 steps
		{ID: "c", Tier: 1, Weight: 1, Cap: 90_000, Funds: general}, // 1.43 steps
		{ID: "d", Tier: 1, Weight: 1, Cap: 90_000, Funds: general}, // 1.43 steps
	}}
	var got []int64
	for _, a := range allocate(t, s) {
		got = append(got, a.Amount)
		if a.Level != "10000/7" || a.Reason != FundsExhausted {
			t.Errorf("level %s, reason %v", a.Level, a.Reason)
		}
	}
	if want := []int64{2000, 6000, 1000, 1000}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestRestrictedMoneyIsSpentFirst leaves general money where it changes nobody's
// share.
func TestRestrictedMoneyIsSpentFirst(t *testing.T) {
	t.Parallel()
	s := Snapshot{Currency: "EUR", Step: 1000, Funds: []Fund{{"funds/general", 10_000}, {"funds/winter", 4_000}}, Requests: []Request{
		{ID: "a", Tier: 1, Weight: 1, Cap: 5_000, Funds: []string{"funds/general"}},
		{ID: "b", Tier: 1, Weight: 1, Cap: 6_000, Funds: []string{"funds/general", "funds/winter"}},
	}}
	want := []Share{{"funds/winter", 4_000}, {"funds/general", 2_000}}
	if got := allocate(t, s)[1].Shares; !slices.Equal(got, want) {
		t.Errorf("shares %v, want %v", got, want)
	}
}

// BenchmarkAllocate is a round of 10,000 requests in four tiers over 20 funds.
func BenchmarkAllocate(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := Snapshot{Currency: "EUR", Step: 1000}
	for i := range 20 {
		s.Funds = append(s.Funds, Fund{Name: fmt.Sprintf("funds/f%02d", i), Money: 5_000_000 + rng.Int64N(20_000_000)})
	}
	for i := range 10_000 {
		r := Request{
			ID: fmt.Sprintf("request-%05d", i), Tier: 1 + rng.IntN(4), Running: rng.IntN(2) == 0, Weight: 10 + rng.Int64N(30),
			Cap: 5000 + rng.Int64N(100_000), WaitingSince: "2026-09", Funds: []string{s.Funds[0].Name},
		}
		for range rng.IntN(3) {
			r.Funds = append(r.Funds, s.Funds[rng.IntN(len(s.Funds))].Name)
		}
		s.Requests = append(s.Requests, r)
	}
	for b.Loop() {
		allocate(b, s)
	}
}
