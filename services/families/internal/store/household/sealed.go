package household

import "github.com/solidarity-fund/solidarity/services/internal/seal"

// The sealed columns of families and of what belongs to them.
var (
	prisonerColumn    = column("families", "prisoner_sealed")
	profileColumn     = column("families", "profile_sealed")
	ruleColumn        = column("families", "rule_sealed")
	entryColumn       = column("entries", "sealed")
	destinationColumn = column("destinations", "sealed")
	verdictColumn     = column("confirmation_codes", "verdict_sealed")
)

// Sealed are the sealed columns of this package's tables.
func Sealed() []seal.Column {
	return []seal.Column{
		prisonerColumn, profileColumn, ruleColumn, entryColumn, destinationColumn, verdictColumn,
	}
}

// column is one that is sealed under the keys of families.
func column(table, name string) seal.Column {
	return seal.Column{Table: table, Name: name, Subject: seal.OfFamily}
}
