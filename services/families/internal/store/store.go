// Package store holds the migrations of the service's one database. What is kept in
// it belongs to the packages below: register has the prisoners and the lists they
// come from, household the families.
package store

import (
	"embed"

	"github.com/solidarity-fund/solidarity/services/internal/agreement/versions"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

//go:embed migrations
var migrations embed.FS

// Migrations make the service's tables and those that it stands on.
func Migrations() postgres.Migrations {
	return postgres.Migrations{
		idempotency.Tables(), duty.Tables(), decision.Tables(), versions.Tables(), {Name: "families", Files: migrations},
	}
}
