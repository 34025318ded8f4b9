package staff_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// frozenBy is a freeze of s_1 in force, made by some people.
func frozenBy(people ...string) staff.Freeze {
	f := staff.Freeze{
		ID: "fz_1", Staff: "s_1", State: staff.Frozen, Created: noon, Expires: noon.Add(staff.FreezeTerm),
		Until: noon.Truncate(24*time.Hour).AddDate(0, 0, 1),
	}
	for _, p := range people {
		f.Steps = append(f.Steps, staff.FreezeStep{Step: staff.StepFreeze, Until: f.Until, Person: p})
	}
	return f
}

func TestOneOfTheTwoWhoChangeAFreezeHasNotMadeIt(t *testing.T) {
	t.Parallel()
	two := frozenBy("s_a", "s_b")
	asked := two
	asked.Steps = append(asked.Steps, staff.FreezeStep{Step: staff.StepLift, Until: two.Until, Person: "s_a"})
	over := two
	over.State = staff.FreezeOver
	for name, c := range map[string]struct {
		freeze staff.Freeze
		by     string
		want   string
	}{
		"the first, who froze":      {two, "s_a", ""},
		"the first again":           {asked, "s_a", ""},
		"the second, who froze too": {asked, "s_b", "FREEZERS_ALONE"},
		"the second, who did not":   {asked, "s_c", ""},
		"who is frozen":             {asked, "s_1", "SAME_PERSON"},
		"what is over":              {over, "s_c", "NOT_FROZEN"},
		"what never was":            {staff.Freeze{}, "s_c", "NOT_FROZEN"},
	} {
		err := c.freeze.CheckSecond(staff.StepLift, c.freeze.Until, c.by, noon)
		if c.want == "" && err != nil || c.want != "" && !fault.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := two.CheckSecond(staff.StepLift, two.Until, "s_c", noon.Add(staff.FreezeTerm)); !fault.Is(err, "NOT_FROZEN") {
		t.Errorf("after its hours: %v", err)
	}
}

func TestAFreezeSaysWhoIsWaitedFor(t *testing.T) {
	t.Parallel()
	f := frozenBy("s_a")
	later := f.Until.AddDate(0, 0, 5)
	f.Steps = append(f.Steps, staff.FreezeStep{Step: staff.StepExtend, Until: later, Person: "s_b"})
	if by, until := f.Asking(staff.StepExtend); by != "s_b" || !until.Equal(later) || len(f.Freezers()) != 1 {
		t.Errorf("%s to %s, frozen by %v", by, until, f.Freezers())
	}
	f.Until = later
	if by, _ := f.Asking(staff.StepExtend); by != "" || len(f.Freezers()) != 2 {
		t.Errorf("once it lasts as long, %q is waited for, frozen by %v", by, f.Freezers())
	}
}

func TestEachStepOfEachFreezeCommitsToItself(t *testing.T) {
	t.Parallel()
	f, other := frozenBy("s_a"), frozenBy("s_a")
	other.ID = "fz_2"
	all := [][]byte{
		f.Commitment(staff.StepFreeze, f.Until), f.Commitment(staff.StepLift, f.Until), f.Commitment(staff.StepExtend, f.Until),
		f.Commitment(staff.StepFreeze, f.Until.AddDate(0, 0, 1)), other.Commitment(staff.StepFreeze, f.Until),
	}
	for i, a := range all {
		for _, b := range all[i+1:] {
			if bytes.Equal(a, b) {
				t.Errorf("%x twice", a)
			}
		}
	}
}
