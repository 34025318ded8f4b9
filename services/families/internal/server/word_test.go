package server_test

import (
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
)

// sameWords checks that the words of the domain are those of an enum of the contract,
// all of them.
func sameWords[E enum.Enum, W ~string](t *testing.T, words ...W) {
	t.Helper()
	var zero E
	want := map[string]bool{}
	values := zero.Descriptor().Values()
	for i := range values.Len() {
		if w := enum.Word(E(values.Get(i).Number())); w != "" {
			want[w] = true
		}
	}
	for _, w := range words {
		if !want[string(w)] {
			t.Errorf("%s has no %q", zero.Descriptor().FullName(), w)
		}
		delete(want, string(w))
	}
	for w := range want {
		t.Errorf("the domain has no %q of %s", w, zero.Descriptor().FullName())
	}
}

func TestTheDomainSpellsWordsAsTheContractDoes(t *testing.T) {
	t.Parallel()
	sameWords[familiesv1.FamilyState](t, family.Draft, family.Submitted, family.InReview, family.NeedsInfo, family.Verified,
		family.ReverifyDue, family.Suspended, family.Provisional, family.Rejected, family.Closed)
	sameWords[familiesv1.SuspensionReason](t, family.Safety, family.Silence, family.Doubt, family.StatusChanged)
	sameWords[familiesv1.AidRequestState](t, aidrequest.Submitted, aidrequest.Approved, aidrequest.Rejected, aidrequest.Withdrawn, aidrequest.Closed)
	sameWords[familiesv1.AidRequestCycleState](t, aidrequest.CycleApproved, aidrequest.CycleAwarded, aidrequest.CyclePaid, aidrequest.CycleCancelled)
	sameWords[familiesv1.HeldBackReason](t, aidrequest.Unknown, aidrequest.FamilyNotVerified, aidrequest.FamilySuspended, aidrequest.FamilyHeld, aidrequest.UnseenCapped, aidrequest.NoConsent, aidrequest.NotApproved, aidrequest.WithoutLeaf, aidrequest.RowChanged)
	sameWords[familiesv1.PrisonerStatus](t, prisoner.Active, prisoner.Former, prisoner.NotRecognised, prisoner.Unknown)
	sameWords[familiesv1.PrisonerImportState](t, prisonerimport.Parsing, prisonerimport.Staged, prisonerimport.Merging, prisonerimport.Merged, prisonerimport.Failed)
	sameWords[familiesv1.PrisonerImportRowChange](t, prisonerimport.New, prisonerimport.Changed, prisonerimport.Unchanged)
	sameWords[familiesv1.PrisonerImportClashKind](t, prisonerimport.SameID, prisonerimport.SharedURL, prisonerimport.SameNameAndBirth, prisonerimport.Anonymous,
		prisonerimport.MayBeKnown, prisonerimport.OtherPerson, prisonerimport.Unreadable)
	sameWords[familiesv1.PrisonerImportClashState](t, prisonerimport.Open, prisonerimport.Proposed, prisonerimport.Resolved, prisonerimport.Superseded)
	sameWords[familiesv1.PrisonerImportClashDecision](t, prisonerimport.SamePerson, prisonerimport.AnotherPerson, prisonerimport.Unusable)
	sameWords[familiesv1.AlteredCodeRule](t, confirmation.LastDigitUp, confirmation.FirstDigitUp, confirmation.LastDigitDown)
	sameWords[familiesv1.ContactState](t, family.Pending, family.Confirmed)
	sameWords[familiesv1.DestinationState](t, family.Pending, family.Confirmed, family.Replaced, family.Void)
}
