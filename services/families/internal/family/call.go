package family

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	// PurposeCall is what somebody reads a family's channels for who is to confirm something.
	PurposeCall = "CALL"
	// CallTime is how long they can confirm it then.
	CallTime = 72 * time.Hour
	// ChannelWait is how long a channel waits for its second confirmer where those known before
	// are dead.
	ChannelWait = 7 * 24 * time.Hour
)

// Calls are what a person has called families about not long ago, by id: which version of
// it there was then.
type Calls map[string]int

// MayCall refuses who was shown the channels already.
func (c Calls) MayCall(id string, version int) error {
	if c.CheckCalled(id, version) == nil {
		return fault.New(fault.Precondition, fault.ReasonCalledAlready, "You were shown the channel already.")
	}
	return nil
}

// CheckCalled refuses who has not called the family about something as it stands.
func (c Calls) CheckCalled(id string, version int) error {
	if v, called := c[id]; !called || v != version {
		return fault.New(fault.Precondition, fault.ReasonNotCalled, "Whoever confirms calls the family first.")
	}
	return nil
}

// Callable returns over which channels a family may be called: known are those that
// somebody confirmed, as they were then, entered all as they stand. A family of which none
// was ever confirmed is called over what was entered.
func Callable(known, entered []Contact) (open []Contact) {
	if len(known) == 0 {
		known = entered
	}
	for _, c := range known {
		if !c.DoNotContact {
			open = append(open, c)
		}
	}
	return open
}

// NoChannel is the fault for a family that may not be called at all.
func NoChannel() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonNoChannel, "There is no channel over which the family may be called.")
}

// Announcement is what whoever confirms a channel says of those that were known before:
// that the family was told over one of them, or that they are dead.
type Announcement struct {
	Announced, Dead bool
}

// Check refuses a confirmation that does not say what became of the channels known before.
func (a Announcement) Check(known []Contact) error {
	switch {
	case len(known) == 0:
		return nil
	case !a.Announced && !a.Dead:
		return fault.Field("announcedOnKnownChannel", fault.FieldRequired, "must be true, or knownChannelsDead")
	case a.Announced && a.Dead:
		return fault.Field("knownChannelsDead", fault.FieldNotPossible, "must not be true beside announcedOnKnownChannel")
	case a.Announced && len(Callable(known, nil)) == 0:
		return fault.Field("announcedOnKnownChannel", fault.FieldNotPossible, "must be false: the channels known before must not be used")
	}
	return nil
}

// First is who has confirmed a channel while those known before were dead, and when. The
// zero First is nobody.
type First struct {
	Person string
	On     time.Time
}

// CheckSecond refuses the same person, and who comes too early; silence is how long they
// wait.
func (f First) CheckSecond(person string, now time.Time, silence time.Duration) error {
	if f.Person == person {
		return SamePerson()
	}
	if from := f.On.Add(silence); now.Before(from) {
		waits := fault.New(fault.Precondition, fault.ReasonChannelWaits, "The channels known before are dead: the second person waits for seven days.")
		waits.RetryAfter = from.Sub(now)
		return waits
	}
	return nil
}
