package decision

import (
	"embed"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

//go:embed migrations
var migrations embed.FS

// Tables are the decisions of a service that are, or are to become, leaves.
func Tables() postgres.Owner { return postgres.Owner{Name: "decision", Files: migrations} }
