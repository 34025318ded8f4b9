package rule

import (
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

const (
	// HandsPolicies begins the names of policies that say how many hands are needed.
	HandsPolicies = "policies/hands/versions/"
	// RoundsPolicies begins the names of policies that say above which deficit a fund
	// gives nothing to rounds.
	RoundsPolicies = "policies/rounds/versions/"
	// CountedDays is how many days are counted together, the present one among them.
	CountedDays = 30
	// ApprovalDays is how many days an approval counts before the first policy.
	ApprovalDays = 7
	// PolicyDelay is how many days after its decision a policy is in force at the
	// earliest. The books of a real ledger ask for more.
	PolicyDelay = 1
	// EmergencyFamilyCap and EmergencyMonthCap bound, before the first policy, each
	// emergency grant and all those of CountedDays, in minor units of each currency.
	EmergencyFamilyCap, EmergencyMonthCap = 30_000, 300_000
	// VoidDays is for how many days what somebody has decided is void once they are
	// frozen.
	VoidDays = 3
)

// Hands says how many persons must have decided about the source of a transaction that
// no plan is behind.
type Hands uint8

const (
	// NoHands is for kinds that move no money by themselves, or need a plan.
	NoHands Hands = iota
	// ByTwo needs two: who proposed and who approved.
	ByTwo
	// ByRow needs as many as the row that holds for the sum, or two and its days.
	ByRow
)

// Printed returns the table of hands that holds in every currency before the first
// policy: up to 2,000.00 two persons, above it three, or two after three days.
func Printed() []leaf.Row {
	return []leaf.Row{{UpTo: 200_000, Persons: 2}, {Persons: 3, WaitDays: 3}}
}

// PolicyWrong says in words why a policy of this name has no such content; empty where
// it may. The table of hands is the policy's of that name, and only that one's.
func PolicyWrong(resource string, p *leaf.Policy) string {
	switch ofHands := strings.HasPrefix(resource, HandsPolicies); {
	case ofHands && !p.OfHands():
		return "is the policy of hands without its table"
	case !ofHands && p.OfHands():
		return "is another policy with the table of hands"
	}
	return ""
}

// RowFor returns the row of a table that holds for a sum, in minor units. A table
// that ends before the sum is answered with the printed one.
func RowFor(rows []leaf.Row, sum int64) leaf.Row {
	for _, r := range rows {
		if r.UpTo == 0 || sum <= r.UpTo {
			return r
		}
	}
	return RowFor(Printed(), sum)
}

// Counts reports whether what left on a day of the log still counts on a later one.
func Counts(day, on leaf.Day) bool { return day+CountedDays > on }

// TakesOut reports whether a debit of a class is money that a plan pays out: what banks
// hold, what is on its way and what is being changed has been taken from elsewhere.
func TakesOut(class account.Class) bool {
	return class != account.ClassAsset && class != account.ClassTransit && class != account.ClassFX
}

// BringsBack reports whether money of a payment comes back to its awards by this kind.
func (t Transaction) BringsBack() bool {
	return !t.SetAside && slices.Contains(t.Credits, account.ClassAward)
}
