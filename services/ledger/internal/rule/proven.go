package rule

// What the books demand and a verifier checks from the first log on whose decisions
// are all proved by their persons; before, a log of development would fail. Each is
// one line.
const (
	// RolesByLeaves says that who decides holds the role for it by the grants that
	// stand before in the log.
	RolesByLeaves = false
	// HandsByLeaves says that plans, costs and emergencies need as many hands as the
	// policy in force asks for, instead of a plan's four steps.
	HandsByLeaves = false
)
