package store_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
)

// Whoever looks at the database finds on each column what it is for.
func TestEveryColumnSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	postgrestest.CheckComments(t, store.Migrations())
}
