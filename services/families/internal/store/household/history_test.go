package household_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// The smallest fund: two at the case desk, who own cases and verify each other's, and two
// officers of the other desk. The fifth has nothing to do with families.
const (
	kasia, karl = "staff/s_kasia", "staff/s_karl"
	tom, tina   = "staff/s_tom", "staff/s_tina"
	fifth       = "staff/s_fifth"
)

// fund is a random history of one family: one of the five at most is not awake.
type fund struct {
	*desk
	r      *rand.Rand
	id     string
	asleep string
	frozen bool
	did    []string
}

func (f *fund) there(people ...string) (awake []string) {
	return slices.DeleteFunc(people, func(p string) bool { return p == f.asleep })
}

func (f *fund) awake() lot.Awake {
	return lot.Awake{Verifiers: f.there(kasia, karl), Officers: f.there(tom, tina)}
}

func (f *fund) family() family.Family {
	f.t.Helper()
	found, err := f.store.Family(f.t.Context(), family.Scope{All: true, Person: tom}, f.id)
	f.must(err)
	return found
}

// duties does what the service does by itself.
func (f *fund) duties() {
	f.t.Helper()
	ctx := f.t.Context()
	owed, err := f.store.OwedRedraws(ctx, f.now(), "", 100)
	f.must(err)
	waiting, err := f.store.Asleep(ctx, f.awake())
	f.must(err)
	for _, id := range append(owed, waiting...) {
		_, err := f.store.Redraw(ctx, id, f.awake())
		f.must(err)
	}
	if f.frozen {
		_, err := f.store.HoldFrozen(ctx, f.asleep)
		f.must(err)
		return
	}
	f.must(f.store.Thaw(ctx, nil))
}

// owns gives the case to somebody awake, where its owner is not.
func (f *fund) owns() string {
	f.t.Helper()
	now := f.family()
	if now.Owner != f.asleep {
		return now.Owner
	}
	officer, to := f.there(tom, tina)[0], f.there(kasia, karl)[0]
	_, err := f.store.Reassign(f.as(officer), officer, f.id, to, f.there(kasia, karl), f.awake())
	f.must(err)
	return to
}

// frees unlocks a family and looks at it, by whoever can of those awake.
func (f *fund) frees() {
	f.t.Helper()
	for what, free := range map[string]func(person string) (family.Family, error){
		"unlock": func(p string) (family.Family, error) { return f.store.Unlock(f.as(p), p, f.id) },
		"look":   func(p string) (family.Family, error) { return f.store.Look(f.as(p), p, f.id) },
	} {
		var err error
		for _, person := range f.there(kasia, karl, tom, tina) {
			if _, err = free(person); err == nil {
				break
			}
		}
		if err != nil {
			f.t.Fatalf("nobody may %s after %v: %v", what, f.did, err)
		}
	}
}

// goesOn brings a family one step on by whoever can of those awake, within 72 hours: that
// is the law.
func (f *fund) goesOn() {
	f.t.Helper()
	f.frees()
	now, scope := f.family(), family.Scope{Person: f.owns()}
	switch now.State {
	case family.Draft, family.NeedsInfo:
		_, err := f.store.SubmitFamily(f.as(scope.Person), scope, f.id)
		f.must(err)
	case family.Submitted:
		_, err := f.store.ProposeVerification(f.as(scope.Person), scope, f.id, f.awake())
		f.must(err)
	case family.InReview:
		f.ahead += verification.Time
		f.duties()
		f.frees()
		drawn := f.family().Confirmer
		outcome := []verification.Outcome{verification.Confirmed, verification.Returned}[f.r.IntN(2)]
		if drawn == f.asleep {
			f.t.Fatalf("after %v %s has it, who is not awake", f.did, drawn)
		}
		_, err := f.store.DecideVerification(f.as(drawn), drawn, f.id, outcome, "")
		if err != nil {
			f.t.Fatalf("after %v %s cannot decide: %v", f.did, drawn, err)
		}
	case family.Verified:
		suspender := f.there(kasia, karl)[0]
		_, err := f.store.SuspendFamily(f.as(suspender), family.Scope{Person: suspender, All: true}, f.id, family.Doubt)
		f.must(err)
	case family.Suspended:
		var err error
		for _, person := range f.there(kasia, karl, tom, tina) {
			if _, err = f.store.ReinstateFamily(f.as(person), family.Scope{Person: person, All: true}, f.id); err == nil {
				return
			}
		}
		f.t.Fatalf("nobody can reinstate it after %v: %v", f.did, err)
	}
}

// happens does something at random that people do; what is refused changes nothing.
func (f *fund) happens() {
	f.t.Helper()
	now := f.family()
	person := f.there(kasia, karl)[0]
	event := f.r.IntN(6)
	f.did = append(f.did, []string{"one leaves", "time passes", "not me", "handed over", "locked", "goes on"}[event])
	switch event {
	case 0:
		f.asleep, f.frozen = []string{kasia, karl, tom, tina, fifth}[f.r.IntN(5)], f.r.IntN(3) == 0
	case 1:
		f.ahead += time.Duration(f.r.IntN(100)) * time.Hour
	case 2:
		if now.Confirmer != f.asleep {
			_, err := f.store.NotMe(f.as(now.Confirmer), now.Confirmer, f.id, f.awake())
			f.legal(err)
		}
	case 3:
		to := []string{kasia, karl}[f.r.IntN(2)]
		if now.Owner != f.asleep {
			_, err := f.store.Transfer(f.as(now.Owner), now.Owner, f.id, to, f.there(kasia, karl), f.awake())
			f.legal(err)
		}
	case 4:
		_, err := f.store.Lock(f.as(person), person, f.id)
		f.must(err)
	case 5:
		f.goesOn()
	}
	f.duties()
}

// legal fails the test for what is no refusal.
func (f *fund) legal(err error) {
	f.t.Helper()
	if err != nil && fault.As(err) == nil {
		f.t.Fatalf("after %v: %v", f.did, err)
	}
}

// TestNobodyDrawnBlocksAFamily plays random histories in a fund of five: while four of
// them are awake, whoever sleeps, is frozen, says "not me" or lets a draw run out, there is
// somebody who brings the family on, and after 72 hours of nothing the case is with
// somebody who can decide.
func TestNobodyDrawnBlocksAFamily(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for seed := range uint64(12) {
		f := &fund{desk: d, r: rand.New(rand.NewPCG(seed, 5)), asleep: fifth}
		f.id = f.complete(kasia)
		for range 25 {
			f.happens()
		}
		f.goesOn()
		if t.Failed() {
			t.Fatalf("history %d: %v", seed, f.did)
		}
	}
}

// complete is a family in DRAFT with all that a registration consists of.
func (d *desk) complete(by string) string {
	d.t.Helper()
	ctx, scope := d.as(by), family.Scope{Person: by}
	f, err := d.store.CreateFamily(ctx, household.Registration{Owner: by, PrisonerID: "pr_1", Country: "LT"})
	d.must(err)
	today := d.now().UTC().Truncate(24 * time.Hour)
	_, err = d.store.AddConsent(ctx, scope, f.ID, family.Consent{Purpose: family.PurposeAid, GivenOn: today, ExpiresOn: today.AddDate(2, 0, 0)})
	d.must(err)
	_, err = d.store.AddMember(ctx, scope, f.ID, family.Member{FullName: "Somebody", BirthYear: 1980})
	d.must(err)
	_, err = d.store.AddContact(ctx, scope, f.ID, family.Contact{Channel: "PHONE", Address: "+370 600 00000"})
	d.must(err)
	return f.ID
}
