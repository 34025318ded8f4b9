package duty

import (
	"context"
	"embed"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

//go:embed migrations
var migrations embed.FS

// Tables are River's, and how far the sweepers have come.
func Tables() postgres.Owner {
	return postgres.Owner{Name: "duty", Files: migrations, Make: makeRiver}
}

// makeRiver makes River's tables, or brings them up to date.
func makeRiver(ctx context.Context, pool *pgxpool.Pool) error {
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("prepare River's migrations: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("apply River's migrations: %w", err)
	}
	return nil
}
