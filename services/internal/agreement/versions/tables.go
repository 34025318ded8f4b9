package versions

import (
	"embed"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

//go:embed migrations
var migrations embed.FS

// Tables are the versions of a service's policies.
func Tables() postgres.Owner { return postgres.Owner{Name: "agreement", Files: migrations} }
