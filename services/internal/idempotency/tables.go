package idempotency

import (
	"embed"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

//go:embed migrations
var migrations embed.FS

// Tables are the records of calls.
func Tables() postgres.Owner { return postgres.Owner{Name: "idempotency", Files: migrations} }
