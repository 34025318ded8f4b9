package aidrequest

// Weights within a tier: every family counts baseWeight, each child (three at
// most) adds childWeight.
const (
	baseWeight  = 10
	childWeight = 3
)

// lastTier is served last.
const lastTier = 4

// Tier is the rank in which a cycle is served, 1 first: urgency decides, and
// what life depends on goes one tier ahead of the rest.
func Tier(category, urgency string) int {
	tier := map[string]int{"CRITICAL": 1, "HIGH": 2, "NORMAL": 3, "LOW": lastTier}[urgency]
	if tier == 0 {
		tier = 3
	}
	switch category {
	case "FOOD", "MEDICAL":
		return max(tier-1, 1)
	}
	return tier
}

// Weight is how much of a tier's money a cycle draws in relation to others.
func Weight(children int) int { return baseWeight + childWeight*children }
