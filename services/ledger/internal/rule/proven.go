package rule

// What is demanded from the first log on whose decisions are all proved by their
// persons; before, a log of development would fail. Each is one line.
const (
	// RolesByLeaves says that a verifier checks that who decides holds the role for it
	// by the grants that stand before in the log. The books always demand it.
	RolesByLeaves = false
	// HandsByLeaves says that the books demand and a verifier checks that plans, costs
	// and emergencies have as many hands as the policy in force asks for, instead of a
	// plan's four steps.
	HandsByLeaves = false
)
