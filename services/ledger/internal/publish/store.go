package publish

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Store is the log that is published, and what is kept of that.
type Store interface {
	tree
	published
	signingKeys
	cosignatures
}

// tree is the log itself.
type tree interface {
	merkle.TileReader
	// Size reads the number of leaves, which may not be durable on every standby yet.
	Size(ctx context.Context) (int64, error)
	// DurableHead reads a head that is on every disk that the database promises.
	DurableHead(ctx context.Context) (merkle.Head, error)
	// DailyLook returns how many leaves may be published by a day: those that were
	// there at the last look, which is taken now where it was so many days ago.
	DailyLook(ctx context.Context, today leaf.Day, days int) (int64, error)
}

// published keeps the checkpoints.
type published interface {
	// LatestCheckpoint reads the largest one; false where there is none.
	LatestCheckpoint(ctx context.Context) (checkpoint.Published, bool, error)
	// RecentCheckpoints reads the largest ones, the largest first.
	RecentCheckpoints(ctx context.Context, limit int) ([]checkpoint.Published, error)
	// AddCheckpoint stores one unless there is another as large.
	AddCheckpoint(ctx context.Context, c checkpoint.Published) error
}

// signingKeys keeps which keys have signed, and which one does.
type signingKeys interface {
	// SigningKeys reads all, the first one first.
	SigningKeys(ctx context.Context) ([]checkpoint.SigningKey, error)
	// AddFirstKey notes the first one unless there is one.
	AddFirstKey(ctx context.Context, verifierKey string) error
	// RotateKey lets the next generation sign and reports whether it did not before.
	RotateKey(ctx context.Context, generation int, verifierKey, endorsement string, day leaf.Day) (bool, error)
}

// cosignatures keeps what witnesses have answered.
type cosignatures interface {
	// Uncosigned reads checkpoints that a witness's key has not cosigned, the smallest
	// first, and the size of the last one that it has.
	Uncosigned(ctx context.Context, witness string, keyID uint32, limit int) ([]checkpoint.Published, int64, error)
	// AddCosignature stores one; the witness's first answer stays.
	AddCosignature(ctx context.Context, c checkpoint.Cosignature) error
}
